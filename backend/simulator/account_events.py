"""What can happen to a WhatsApp business account, in the words of the field `account_update`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backend.simulator.graph.access import business_of
from backend.simulator.records import BusinessAccount
from backend.simulator.simulation import Simulation

Json = dict[str, Any]


def waba_info(sim: Simulation, account: BusinessAccount, params: Json) -> Json:
    known = {"waba_id": account.id, "owner_business_id": business_of(account)}
    return {"waba_info": {**known, "partner_app_id": sim.config.app_id}}


def disconnection(sim: Simulation, account: BusinessAccount, params: Json) -> Json:
    """A business leaves by its phone: the event names the number, and no more than that."""
    number = sim.world.numbers_of(account.id)[0]
    reason = str(params.get("reason") or "ACCOUNT_DISCONNECTED")
    info = {"reason": reason, "initiated_by": "USER"}
    return {"phone_number": number.digits, "disconnection_info": info}


def day_of(sim: Simulation) -> str:
    return datetime.fromtimestamp(sim.clock.now(), UTC).strftime("%B %d, %Y")


def ban(sim: Simulation, account: BusinessAccount, params: Json) -> Json:
    state = str(params.get("state") or "DISABLE")
    return {"ban_info": {"waba_ban_state": state, "waba_ban_date": day_of(sim)}}


def restriction(sim: Simulation, account: BusinessAccount, params: Json) -> Json:
    kind = str(params.get("restriction") or "RESTRICTED_BIZ_INITIATED_MESSAGING")
    return {"restriction_info": [{"restriction_type": kind, "expiration": int(sim.clock.now()) + 86_400}]}


def violation(sim: Simulation, account: BusinessAccount, params: Json) -> Json:
    return {"violation_info": {"violation_type": str(params.get("violation") or "SPAM")}}


def nothing_more(sim: Simulation, account: BusinessAccount, params: Json) -> Json:
    return {}


@dataclass(frozen=True)
class AccountEvent:
    """How an event about a business account is described, whose id its entry has, and what it ends."""

    describe: Callable[[Simulation, BusinessAccount, Json], Json] = nothing_more
    by_portfolio: bool = False
    ends_access: bool = False


ACCOUNT_EVENTS = {
    "PARTNER_ADDED": AccountEvent(waba_info, by_portfolio=True),
    "PARTNER_APP_INSTALLED": AccountEvent(waba_info, by_portfolio=True),
    "PARTNER_APP_UNINSTALLED": AccountEvent(waba_info, by_portfolio=True, ends_access=True),
    "PARTNER_REMOVED": AccountEvent(disconnection, ends_access=True),
    "ACCOUNT_OFFBOARDED": AccountEvent(disconnection),
    "ACCOUNT_RECONNECTED": AccountEvent(),
    "ACCOUNT_DELETED": AccountEvent(ends_access=True),
    "DISABLED_UPDATE": AccountEvent(ban),
    "ACCOUNT_RESTRICTION": AccountEvent(restriction),
    "ACCOUNT_VIOLATION": AccountEvent(violation),
}
