"""The line of a template that says until when an offer holds."""

from typing import Any

from backend.simulator.graph.template_whatsapp import parameters_of, unfit

Json = dict[str, Any]


def offer(template: Json, components: list[Json]) -> Json:
    """What the customer sees of it; nothing where the template has none. Raises WhatsApp's refusal."""
    part = next((one for one in template["components"] if one["type"] == "LIMITED_TIME_OFFER"), None)
    if part is None:
        return {}
    about = part.get("limited_time_offer") or {}
    ends = [
        (value.get("limited_time_offer") or {}).get("expiration_time_ms")
        for value in parameters_of(components, "limited_time_offer")
    ]
    wanted = 1 if about.get("has_expiration") else 0
    if len(ends) != wanted or not all(isinstance(end, int) for end in ends):
        raise unfit(f"limited_time_offer: {len(ends)} times are given, {wanted} are expected")
    return {"offer": {"text": str(about.get("text") or ""), **({"endsAt": ends[0]} if ends else {})}}
