"""Cards side by side in a template of WhatsApp, each with a file, words and buttons of its own."""

from typing import Any

from backend.simulator.graph.template_whatsapp import rendered, unfit

Json = dict[str, Any]


def carousel(template: Json, components: list[Json]) -> list[Json]:
    """What the customer sees of each card; nothing where the template has none. Raises WhatsApp's refusal."""
    made: list[Json] = next(
        (part.get("cards") or [] for part in template["components"] if part["type"] == "CAROUSEL"), []
    )
    given = [part for part in components if str(part.get("type", "")).lower() == "carousel"]
    cards = {card.get("card_index"): card for part in given for card in part.get("cards") or []}
    if set(cards) != set(range(len(made))):
        raise unfit(f"carousel: {len(cards)} cards are given, {len(made)} are expected")
    return [_card(template, one, cards[place]) for place, one in enumerate(made)]


def _card(template: Json, made: Json, given: Json) -> Json:
    parts = [{**part, "type": str(part.get("type", "")).upper()} for part in made.get("components") or []]
    return rendered({**template, "components": parts}, given.get("components") or [])


def as_shown(card: Json) -> Json:
    """The card as the phone shows cards."""
    header = card.get("header") or {}
    picture = {"imageUrl": header["url"]} if header.get("type") == "image" else {}
    return {"title": card["text"], "buttons": card["buttons"], **picture}
