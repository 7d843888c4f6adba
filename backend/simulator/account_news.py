"""What else WhatsApp tells of a business account: about its templates, its limits, and whatever comes next."""

from typing import Any

from backend.simulator.emit import emit_account
from backend.simulator.graph.access import business_of
from backend.simulator.graph.templates import components_news
from backend.simulator.records import BusinessAccount, Template
from backend.simulator.refused import Refused
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

QUALITIES = ("GREEN", "YELLOW", "RED", "UNKNOWN")
TEMPLATE_CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")


def account_named(sim: Simulation, params: Json) -> BusinessAccount:
    account = sim.world.business_accounts.get(str(params.get("businessAccountId") or ""))
    if account is None:
        raise Refused("businessAccountId is the id of a business account; GET /sim/world lists them")
    return account


def template_named(sim: Simulation, params: Json) -> Template:
    template = sim.world.templates.get(str(params.get("templateId") or ""))
    if template is None:
        raise Refused("templateId is the id of a template that was created by the API")
    return template


def tell_of_template(sim: Simulation, template: Template, field: str, news: Json) -> Json:
    account = sim.world.business_accounts[template.business_account_id]
    about = {
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }
    return {"delivered": emit_account(sim, account, field, {**about, **news})}


async def rate_template(sim: Simulation, params: Json) -> Json:
    """People like a template, or block it."""
    template, quality = template_named(sim, params), str(params.get("quality") or "YELLOW").upper()
    if quality not in QUALITIES:
        raise Refused(f"quality is one of {', '.join(QUALITIES)}")
    news = {"previous_quality_score": template.quality, "new_quality_score": quality}
    template.quality, template.rated_at = quality, sim.clock.now()
    sim.world.templates.put(template)
    return tell_of_template(sim, template, "message_template_quality_update", news)


async def sort_template(sim: Simulation, params: Json) -> Json:
    """WhatsApp finds that a template belongs to another category."""
    template, category = template_named(sim, params), str(params.get("category") or "MARKETING").upper()
    if category not in TEMPLATE_CATEGORIES:
        raise Refused(f"category is one of {', '.join(TEMPLATE_CATEGORIES)}")
    news = {"previous_category": template.category, "new_category": category}
    template.category = category
    sim.world.templates.put(template)
    return tell_of_template(sim, template, "template_category_update", news)


async def rewrite_template(sim: Simulation, params: Json) -> Json:
    """Somebody edits the body of a template in the WhatsApp Manager."""
    template, text = template_named(sim, params), str(params.get("text") or "")
    if not text:
        raise Refused("text is the new body of the template")
    template.components = [
        {**part, "text": text} if part["type"] == "BODY" else part for part in template.components
    ]
    sim.world.templates.put(template)
    news = components_news(template)
    return tell_of_template(sim, template, "message_template_components_update", news)


async def change_limit(sim: Simulation, params: Json) -> Json:
    """The business may start more or fewer conversations a day."""
    account, limit = account_named(sim, params), str(params.get("limit") or "TIER_2K")
    for number in sim.world.numbers_of(account.id):
        number.limit = limit
        sim.world.numbers.put(number)
    value = {
        "max_daily_conversations_per_business": limit,
        "max_phone_numbers_per_business": 25,
        "max_phone_numbers_per_waba": 25,
    }
    told = emit_account(sim, account, "business_capability_update", value)
    return {"delivered": told}


async def alert(sim: Simulation, params: Json) -> Json:
    """WhatsApp warns the business of something."""
    account = account_named(sim, params)
    kind = str(params.get("alert") or "INCREASED_CAPABILITIES_ELIGIBILITY_FAILED")
    info = {
        "alert_severity": str(params.get("severity") or "WARNING"),
        "alert_status": "ACTIVE",
        "alert_type": kind,
        "alert_description": "Your account cannot be given more for now.",
    }
    value = {"entity_type": "BUSINESS", "entity_id": business_of(account), "alert_info": info}
    return {"delivered": emit_account(sim, account, "account_alerts", value)}


async def review(sim: Simulation, params: Json) -> Json:
    """The business account was looked at by Meta."""
    value = {"decision": str(params.get("decision") or "APPROVED").upper()}
    return {"delivered": emit_account(sim, account_named(sim, params), "account_review_update", value)}


async def guard(sim: Simulation, params: Json) -> Json:
    """Somebody changed or turned off the two-step PIN of a number."""
    account, event = account_named(sim, params), str(params.get("event") or "PIN_CHANGED")
    number = sim.world.numbers_of(account.id)[0]
    value = {"display_phone_number": number.digits, "event": event, "requester": account.user_id}
    return {"delivered": emit_account(sim, account, "security", value)}


async def tell_anything(sim: Simulation, params: Json) -> Json:
    """Any field with any value, as Meta may invent it tomorrow."""
    account, field, value = account_named(sim, params), str(params.get("field") or ""), params.get("value")
    if not field or not isinstance(value, dict):
        raise Refused("field is a name, value an object")
    return {"delivered": emit_account(sim, account, field, value)}


ACCOUNT = "businessAccountId"
NEWS = {
    "templateQuality": (rate_template, ("templateId", "quality")),
    "templateCategory": (sort_template, ("templateId", "category")),
    "templateComponents": (rewrite_template, ("templateId", "text")),
    "limit": (change_limit, (ACCOUNT, "limit")),
    "alert": (alert, (ACCOUNT, "alert", "severity")),
    "review": (review, (ACCOUNT, "decision")),
    "security": (guard, (ACCOUNT, "event")),
    "field": (tell_anything, (ACCOUNT, "field", "value")),
}
