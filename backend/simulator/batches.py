from typing import Any

Json = dict[str, Any]


def merged(entries: list[Json]) -> list[Json]:
    """The entries of one account as few as can be, everything in the order given."""
    joined: list[Json] = []
    for entry in entries:
        last = joined[-1] if joined else None
        if last is None or last["id"] != entry["id"] or set(last) != set(entry) or "value" in entry:
            joined.append({**entry})
        else:
            joined[-1] = joined_entry(last, entry)
    return joined


def joined_entry(first: Json, second: Json) -> Json:
    """Both entries as one."""
    for name in ("messaging", "standby"):
        if name in first:
            return {**second, name: [*first[name], *second[name]]}
    return {**second, "changes": joined_changes([*first["changes"], *second["changes"]])}


def joined_changes(changes: list[Json]) -> list[Json]:
    """Neighbouring changes of the same number and kind become one change with several items."""
    joined: list[Json] = []
    for change in changes:
        value = change["value"]
        if joined and is_alike(joined[-1]["value"], value) and joined[-1]["field"] == change["field"]:
            joined[-1] = {**change, "value": joined_value(joined[-1]["value"], value)}
        else:
            joined.append(change)
    return joined


def is_alike(first: Json, second: Json) -> bool:
    """Whether both are lists of a number's events; what concerns a whole account stays by itself."""
    return "metadata" in first and first["metadata"] == second.get("metadata") and set(first) == set(second)


def joined_value(first: Json, second: Json) -> Json:
    lists: Json = {key: [*first[key], *second[key]] for key in first if isinstance(first[key], list)}
    people = {
        person["user_id"]: person for person in (*first.get("contacts", ()), *second.get("contacts", ()))
    }
    contacts: Json = {"contacts": list(people.values())} if people else {}
    return {**second, **lists, **contacts}
