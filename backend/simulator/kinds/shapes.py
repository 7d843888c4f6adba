"""The forms in which Meta has been seen to write one and the same event."""

from collections.abc import Callable
from functools import partial
from typing import Any

from backend.simulator.emit import Shape, as_usual
from backend.simulator.kinds.act import BadAct, Json
from backend.simulator.records import INSTAGRAM, MESSENGER, WHATSAPP

# Option of an act -> what it may be, on each platform.
PAGE_OPTIONS = {
    "form": ("messaging", "standby", "changes", "flat"),
    "timestamps": ("milliseconds", "seconds", "string"),
    "ids": ("string", "number"),
}
OPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    MESSENGER: PAGE_OPTIONS,
    INSTAGRAM: PAGE_OPTIONS,
    WHATSAPP: {"timestamps": ("string", "seconds", "milliseconds"), "ids": ("string", "number")},
}
IDS = frozenset({"id", "wa_id", "from", "to", "phone_number_id", "display_phone_number", "recipient_id"})
TIMES = frozenset({"timestamp", "time", "watermark"})

Change = Callable[[str, Any], Any]


def shape_for(platform: str, params: Json, field: str) -> Shape:
    """The form that was asked for; raises BadAct for one that the platform does not have."""
    asked = {name: str(params[name]) for name in OPTIONS[platform] if params.get(name)}
    for name, value in asked.items():
        if value not in OPTIONS[platform][name]:
            raise BadAct(f"{name} is one of {', '.join(OPTIONS[platform][name])}")
    return partial(shaped, asked=asked, field=field) if asked else as_usual


def shaped(entry: Json, *, asked: Json, field: str) -> Json:
    """The entry in the form asked for."""
    for name, change in (("timestamps", change_time), ("ids", change_id)):
        if name in asked:
            entry = walked(entry, partial(change, asked[name]))
    return FORMS[asked.get("form", "")](entry, field)


def walked(value: Any, change: Change, name: str = "") -> Any:
    """The same with every leaf changed."""
    if isinstance(value, dict):
        return {key: walked(one, change, key) for key, one in value.items()}
    if isinstance(value, list):
        return [walked(one, change, name) for one in value]
    return change(name, value)


def change_time(wanted: str, name: str, value: Any) -> Any:
    if name not in TIMES or not str(value).isdigit():
        return value
    seconds = int(value) // 1000 if int(value) > 10**11 else int(value)
    return {"seconds": seconds, "string": str(seconds), "milliseconds": seconds * 1000}[wanted]


def change_id(wanted: str, name: str, value: Any) -> Any:
    return int(value) if wanted == "number" and name in IDS and str(value).isdigit() else value


def items_of(entry: Json) -> list[Json]:
    items: list[Json] = entry.get("messaging") or entry.get("standby") or []
    return items


def in_messaging(entry: Json, field: str) -> Json:
    return entry


def in_standby(entry: Json, field: str) -> Json:
    """Another app has the conversation: a tap comes without its payload."""
    items = [walked(item, lambda name, value: value) for item in items_of(entry)]
    for item in items:
        item.get("postback", {}).pop("payload", None)
    return {**rest_of(entry), "standby": items}


def in_changes(entry: Json, field: str) -> Json:
    """The form of the dashboard's test button."""
    return {**rest_of(entry), "changes": [{"field": field, "value": item} for item in items_of(entry)]}


def flat(entry: Json, field: str) -> Json:
    return {**rest_of(entry), "field": field, "value": items_of(entry)[0]}


def rest_of(entry: Json) -> Json:
    return {name: value for name, value in entry.items() if name not in ("messaging", "standby")}


FORMS: dict[str, Callable[[Json, str], Json]] = {
    "": in_messaging,
    "messaging": in_messaging,
    "standby": in_standby,
    "changes": in_changes,
    "flat": flat,
}
