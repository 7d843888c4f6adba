"""What WhatsApp decides about business accounts, numbers and templates, and tells the app."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.simulator.account_events import ACCOUNT_EVENTS
from backend.simulator.account_news import NEWS, account_named, template_named
from backend.simulator.emit import emit_account
from backend.simulator.graph.access import business_of
from backend.simulator.graph.oauth import revoke_tokens
from backend.simulator.records import BusinessAccount, PhoneNumber, Template
from backend.simulator.refused import Refused
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

# What can be said of a number -> its name in the record.
NUMBER_SETTINGS = {
    "status": "status",
    "qualityRating": "quality",
    "nameStatus": "name_status",
    "throughput": "throughput",
    "messagingLimit": "limit",
    "pin": "pin",
    "verifiedName": "name",
    "webhookUrl": "override_url",
}
QUALITIES = ("RED", "YELLOW", "GREEN")
NAME_DECISIONS = {"APPROVED": "APPROVED", "DECLINED": "REJECTED", "EXPIRED": "DEFERRED"}
TEMPLATE_STATUSES = ("APPROVED", "REJECTED", "PENDING", "PAUSED", "DISABLED", "FLAGGED", "PENDING_DELETION")


async def change_number(sim: Simulation, params: Json) -> Json:
    """The number is rated, its name is decided on, its limits change, it is taken down."""
    number = sim.world.numbers.get(str(params.get("phoneNumberId") or ""))
    if number is None:
        raise Refused("phoneNumberId is the id of a number; GET /sim/world lists them")
    given = {name: str(params[name]) for name in NUMBER_SETTINGS if name in params}
    if not given:
        raise Refused(f"say what changes: {', '.join(NUMBER_SETTINGS)}")
    before = dict(vars(number))
    for name, value in given.items():
        setattr(number, NUMBER_SETTINGS[name], value)
    sim.world.numbers.put(number)
    return {"delivered": tell_of_number(sim, number, before)}


def tell_of_number(sim: Simulation, number: PhoneNumber, before: Json) -> bool:
    account = sim.world.business_accounts[number.business_account_id]
    told = []
    if event := quality_event(number, before):
        value = {
            "display_phone_number": number.digits,
            "event": event,
            "current_limit": number.limit,
            "max_daily_conversations_per_business": number.limit,
        }
        told.append(emit_account(sim, account, "phone_number_quality_update", value))
    if number.name_status != before["name_status"] and number.name_status in NAME_DECISIONS:
        decision = NAME_DECISIONS[number.name_status]
        name = {
            "display_phone_number": number.digits,
            "decision": decision,
            "requested_verified_name": number.name,
            "rejection_reason": None if decision == "APPROVED" else "NAME_MISMATCH",
        }
        told.append(emit_account(sim, account, "phone_number_name_update", name))
    return bool(told) and all(told)


def quality_event(number: PhoneNumber, before: Json) -> str:
    """The word for what became of the number's rating; empty where it stayed."""
    if number.throughput != before["throughput"]:
        return "THROUGHPUT_UPGRADE"
    if number.status != before["status"]:
        return (
            "FLAGGED" if number.status == "FLAGGED" else "UNFLAGGED" if before["status"] == "FLAGGED" else ""
        )
    if number.quality != before["quality"] and {number.quality, before["quality"]} <= set(QUALITIES):
        better = QUALITIES.index(number.quality) > QUALITIES.index(before["quality"])
        return "UPGRADE" if better else "DOWNGRADE"
    return "UPGRADE" if number.limit != before["limit"] else ""


async def decide_template(sim: Simulation, params: Json) -> Json:
    """A template is approved, rejected, paused; the app is told."""
    template, status = template_named(sim, params), str(params.get("status") or "APPROVED").upper()
    if status not in TEMPLATE_STATUSES:
        raise Refused(f"status is one of {', '.join(TEMPLATE_STATUSES)}")
    template.status = status
    template.reason = str(params.get("reason") or ("INVALID_FORMAT" if status == "REJECTED" else "NONE"))
    sim.world.templates.put(template)
    account = sim.world.business_accounts[template.business_account_id]
    return {"delivered": emit_account(sim, account, "message_template_status_update", decision(template))}


def decision(template: Template) -> Json:
    return {
        "event": template.status,
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
        "reason": template.reason,
    }


async def update_account(sim: Simulation, params: Json) -> Json:
    """Something happens to the business account; some of it ends the app's access."""
    account, event = account_named(sim, params), str(params.get("event") or "")
    if event not in ACCOUNT_EVENTS:
        raise Refused(f"event is one of {', '.join(ACCOUNT_EVENTS)}")
    about = ACCOUNT_EVENTS[event]
    entry_id = business_of(account) if about.by_portfolio else ""
    value = {"event": event, **about.describe(sim, account, params)}
    told = emit_account(sim, account, "account_update", value, entry_id=entry_id)
    if about.ends_access:
        end_access(sim, account)
    return {"delivered": told}


def end_access(sim: Simulation, account: BusinessAccount) -> None:
    """No token of the business reaches the account any more, and its events stop."""
    given = [one for one in sim.world.tokens if one.kind == "SYSTEM_USER" and account.id in one.accounts]
    revoke_tokens(sim, given)
    account.subscribed, account.override_url = False, ""
    sim.world.business_accounts.put(account)


Change = Callable[[Simulation, Json], Awaitable[Json]]
CHANGES: dict[str, tuple[Change, tuple[str, ...]]] = {
    "number": (change_number, ("phoneNumberId", *NUMBER_SETTINGS)),
    "template": (decide_template, ("templateId", "status", "reason")),
    "account": (
        update_account,
        ("businessAccountId", "event", "reason", "state", "restriction", "violation"),
    ),
    **NEWS,
}


async def change_whatsapp(sim: Simulation, params: Json) -> Json:
    """WhatsApp decides something; whether the app is told."""
    name = str(params.get("change") or "")
    if name not in CHANGES:
        raise Refused(f"change is one of {', '.join(CHANGES)}")
    return {"change": name, **await CHANGES[name][0](sim, params)}


async def show_whatsapp_changes(sim: Simulation, params: Json) -> Json:
    """Everything that can change, with the fields it takes."""
    changes = {name: list(fields) for name, (_, fields) in CHANGES.items()}
    return {"changes": changes, "accountEvents": list(ACCOUNT_EVENTS)}
