"""The table of what is read, the parser's own tables, and the README: none of them says what the others do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from backend.lib.json_types import JSON, JSONObject
from backend.platforms.instagram.catalogue import ROWS as INSTAGRAM
from backend.platforms.instagram.parse import INSTAGRAM_ATTACHMENTS
from backend.platforms.messenger.catalogue import ROWS as MESSENGER
from backend.platforms.messenger.parse import MESSENGER_ATTACHMENTS
from backend.platforms.meta.catalogue import Row, as_table
from backend.platforms.meta.messaging import READERS as MESSAGING
from backend.platforms.whatsapp import account, account_events, calls, contents, preferences, statuses
from backend.platforms.whatsapp import parse as whatsapp
from backend.platforms.whatsapp.catalogue import ROWS as WHATSAPP
from tests.platforms.cast import Meta
from tests.platforms.naming import named

CATALOGUES = {"MESSENGER": MESSENGER, "INSTAGRAM": INSTAGRAM, "WHATSAPP": WHATSAPP}
PLATFORMS_FOLDER = Path(__file__).parents[2] / "backend" / "platforms"
BEGIN, END = "<!-- what is read: begin -->\n", "\n<!-- what is read: end -->"

# Platform and place -> the words that the parser itself knows there.
KNOWN: dict[tuple[str, str], Iterable[str]] = {
    ("MESSENGER", "messaging[]"): MESSAGING.keys() - {"message"},
    ("MESSENGER", "attachments[]"): MESSENGER_ATTACHMENTS,
    ("INSTAGRAM", "messaging[]"): MESSAGING.keys() - {"message"},
    ("INSTAGRAM", "attachments[]"): INSTAGRAM_ATTACHMENTS,
    ("WHATSAPP", "value"): whatsapp.READERS.keys(),
    ("WHATSAPP", "messages[]"): contents.TYPES.keys() | whatsapp.CHANGES_OF_MESSAGES.keys(),
    ("WHATSAPP", "interactive"): contents.INTERACTIVE_TYPES,
    ("WHATSAPP", "statuses[]"): statuses.DELIVERY_STATUSES.keys() | statuses.IGNORED_STATUSES,
    ("WHATSAPP", "statuses[].type"): statuses.OTHER_KINDS,
    ("WHATSAPP", "calls[]"): calls.CHANGES.keys() | {"terminate"},
    ("WHATSAPP", "user_preferences[]"): preferences.PREFERENCES,
    ("WHATSAPP", "groups[]"): account.GROUPS,
    ("WHATSAPP", "account_update"): account_events.EVENTS,
    ("WHATSAPP", "field"): account.FIELDS,
}

every_row = pytest.mark.parametrize(
    ("platform", "row", "word"),
    [
        pytest.param(platform, row, word, id=f"{platform.lower()}-{row.place}-{word}")
        for platform, rows in CATALOGUES.items()
        for row in rows
        for word in row.words
    ],
)


@pytest.mark.parametrize(("platform", "place"), KNOWN)
def test_it_lists_what_the_parser_knows(platform: str, place: str) -> None:
    listed = Counter(word for row in CATALOGUES[platform] if row.place == place for word in row.words)
    assert listed == Counter(list(KNOWN[platform, place]))


@every_row
def test_it_becomes_what_the_table_says(platform: str, row: Row, word: str) -> None:
    notices = Meta({}).adapter(platform).parse(sample(platform, row.place, word))
    assert [named(notice) for notice in notices] == [row.becomes]


@pytest.mark.parametrize("platform", CATALOGUES)
def test_the_readme_shows_it(platform: str) -> None:
    readme = (PLATFORMS_FOLDER / platform.lower() / "README.md").read_text()
    shown = readme.partition(BEGIN)[2].partition(END)[0]
    assert shown == as_table(CATALOGUES[platform]), "run python -m tests.platforms.test_catalogue"


# ---- one delivery for each word --------------------------------------------------------------------------------

IN_MESSAGE: dict[str, JSONObject] = {
    "text": {"text": "hi"},
    "quick_reply": {"text": "Yes", "quick_reply": {"payload": "YES"}},
    "is_deleted": {"is_deleted": True},
    "is_unsupported": {"is_unsupported": True},
    "is_echo": {"is_echo": True, "text": "hi"},
    "is_self": {"is_echo": True, "is_self": True, "text": "hi"},
    "reply_to.story": {"text": "hi", "reply_to": {"story": {"id": "1", "url": "https://cdn.test/1"}}},
}
IN_MESSAGING: dict[str, JSON] = {
    "message_edit": {"mid": "m", "text": "new"},
    "reaction": {"mid": "m", "action": "react", "emoji": "❤"},
    "delivery": {"watermark": 1458668856253},
    "read": {"watermark": 1458668856253},
    "account_linking": {"status": "linked", "authorization_code": "secret"},
    "pass_thread_control": {"new_owner_app_id": "7"},
    "policy_enforcement": {"action": "block", "reason": "Spam"},
    "policy-enforcement": {"action": "warning"},
    "message_request": "accept",
}
IN_WHATSAPP: dict[str, JSON] = {
    "text": {"body": "hi"},
    "reaction": {"message_id": "wamid.0", "emoji": "❤"},
    "edit": {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "new"}}},
    "revoke": {"original_message_id": "wamid.0"},
}
IN_VALUE: dict[str, JSONObject] = {
    "messages": {"id": "wamid.1", "from": "16505551234", "type": "text", "text": {"body": "hi"}},
    "message_echoes": {"id": "wamid.1", "to": "16505551234", "type": "text", "text": {"body": "hi"}},
    "statuses": {"id": "wamid.1", "status": "read", "recipient_id": "16505551234"},
    "errors": {"code": 131000, "title": "Something went wrong"},
    "calls": {"id": "wacid.1", "from": "16505551234", "event": "connect"},
    "groups": {"type": "group_create", "group_id": "1"},
    "user_id_update": {"wa_id": "16505551234", "previous_user_id": "US.1", "new_user_id": "US.2"},
    "state_sync": {
        "type": "contact",
        "action": "add",
        "contact": {"phone_number": "16505551234", "full_name": "A"},
    },
    "user_preferences": {"wa_id": "16505551234", "category": "marketing_messages", "value": "stop"},
}


def sample(platform: str, place: str, word: str) -> JSONObject:
    """A delivery that holds this word in this place, and as little as can be besides."""
    return of_whatsapp(place, word) if platform == "WHATSAPP" else of_messaging(platform, place, word)


def of_messaging(platform: str, place: str, word: str) -> JSONObject:
    sender, recipient = {"is_echo": ("1", "2"), "is_self": ("1", "1")}.get(word, ("2", "1"))
    item: JSONObject = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": 1772998024000}
    if place == "messaging[]":
        item[word] = IN_MESSAGING.get(word, {"payload": "P"})
    elif place == "attachments[]":
        item["message"] = {
            "mid": "m",
            "attachments": [{"type": word, "payload": {"url": "https://cdn.test/a"}}],
        }
    else:
        item["message"] = {"mid": "m", **IN_MESSAGE[word]}
    kind = "instagram" if platform == "INSTAGRAM" else "page"
    return {"object": kind, "entry": [{"id": "1", "messaging": [item]}]}


def of_whatsapp(place: str, word: str) -> JSONObject:
    if place == "field":
        return changed(word, {})
    if place == "account_update":
        return changed("account_update", {"event": word, "restriction_info": [{"restriction_type": "X"}]})
    list_name = place.partition("[]")[0]
    item = {**IN_VALUE.get(list_name, {})}
    if place == "value":
        list_name, item = word, IN_VALUE.get(word, {"x": 1})
    elif place == "interactive":
        list_name, item = "messages", {**IN_VALUE["messages"], "type": place, place: {"type": word, word: {}}}
    elif place == "messages[]":
        item |= {"type": word, word: IN_WHATSAPP.get(word, {})}
    else:
        item |= {ITEM_WORDS[place]: word}
    return changed("messages", {"metadata": {"phone_number_id": "1"}, list_name: [item]})


ITEM_WORDS = {
    "statuses[]": "status",
    "statuses[].type": "type",
    "calls[]": "event",
    "user_preferences[]": "value",
    "groups[]": "type",
}


def changed(field: str, value: Any) -> JSONObject:
    entry = {"id": "102", "time": 1748477359, "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


if __name__ == "__main__":
    for name, catalogue in CATALOGUES.items():
        path = PLATFORMS_FOLDER / name.lower() / "README.md"
        before, _, rest = path.read_text().partition(BEGIN)
        path.write_text(before + BEGIN + as_table(catalogue) + END + rest.partition(END)[2])
