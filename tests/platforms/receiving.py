"""What every platform promises about reading."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.lib.json_types import JSON, JSONObject
from backend.lib.secret import Secret
from backend.platforms.meta.signature import is_signed, sign
from backend.platforms.port import (
    ContactCard,
    Login,
    MessageReceived,
    MessageType,
    Unrecognised,
)
from backend.platforms.registry import platform_of
from tests.platforms.cast import ACCOUNTS, APP_SECRET, Meta

WORDS = st.sampled_from(
    [
        "id",
        "entry",
        "messaging",
        "changes",
        "value",
        "field",
        "message",
        "messages",
        "statuses",
        "mid",
        "text",
        "sender",
        "recipient",
        "timestamp",
        "time",
        "attachments",
        "type",
        "read",
        "delivery",
        "reaction",
        "from",
        "contacts",
        "wa_id",
        "profile",
        "metadata",
        "errors",
        "postback",
        "referral",
        "is_echo",
        "context",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["0", "1527459824", "2021-09-08T06:34:04+0000", "\x00", "\ud800", "text", "failed"])
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
NESTED_TEXTS = st.lists(st.lists(st.lists(TEXTS, max_size=3), max_size=3), max_size=3)


# The same test runs for each platform; no example is kept, so none is replayed for the wrong one.
FOR_EVERY_PLATFORM = settings(
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)


class ReceivingContract(ABC):
    """The promises of parsing, in terms of one greeting of that platform."""

    platform: ClassVar[str]
    login: ClassVar[Login] = Login.FACEBOOK
    hello: ClassVar[JSONObject]  # An event with one text of a contact.
    contact: ClassVar[ContactCard]

    @abstractmethod
    def nest(self, entries: list[list[list[str]]]) -> JSONObject:
        """An event with these texts of the contact, in this order, spread over entries and whatever is in them."""

    @abstractmethod
    def holding(self, item: JSON) -> JSONObject:
        """An event with this in the place of one item."""

    def parse(self, payload: JSON) -> list[Any]:
        """What the adapter reads."""
        return list(Meta({}).adapter(self.platform, self.login).parse(payload))

    def test_it_is_known_by_its_object(self) -> None:
        assert platform_of(self.hello) == self.platform
        assert platform_of(self.hello | {"object": "telegram"}) is None

    def test_forged_signature_is_refused(self) -> None:
        body = json.dumps(self.hello).encode()
        assert is_signed(body, sign(body, Secret(APP_SECRET)), [Secret(APP_SECRET)])
        assert not is_signed(body, sign(body, Secret("of a stranger")), [Secret(APP_SECRET)])
        assert not is_signed(body, None, [Secret(APP_SECRET)])
        assert not is_signed(body, "", [Secret("")])

    def test_signature_over_reserialised_json_is_refused(self) -> None:
        sent = json.dumps(self.hello | {"note": "ä/ö"}, ensure_ascii=True).replace("/", "\\/").encode()
        reserialised = json.dumps(json.loads(sent)).encode()
        assert reserialised != sent
        assert not is_signed(reserialised, sign(sent, Secret(APP_SECRET)), [Secret(APP_SECRET)])

    def test_a_greeting_is_a_message(self) -> None:
        (notice,) = self.parse(self.hello)
        assert isinstance(notice, MessageReceived)
        assert notice.type is MessageType.TEXT
        assert notice.text
        assert notice.account_id == ACCOUNTS[self.platform].account_id
        assert notice.contact.external_id == self.contact.external_id
        assert notice.occurred_at is not None

    def test_an_empty_entry_gives_no_notice(self) -> None:
        assert self.parse({"object": self.hello["object"], "entry": [{"id": "1", "time": 1}]}) == []
        assert self.parse({"object": self.hello["object"], "entry": []}) == []

    @FOR_EVERY_PLATFORM
    @given(entries=NESTED_TEXTS)
    def test_any_nesting_of_messages_gives_them_all_in_order(self, entries: list[list[list[str]]]) -> None:
        sent = [text for entry in entries for group in entry for text in group]
        notices = self.parse(self.nest(entries))
        assert [notice.text for notice in notices] == sent
        assert len({notice.external_id for notice in notices}) == len(sent)

    def test_a_repeat_without_ids_stays_the_same_message(self) -> None:
        event = json.loads(
            json.dumps(self.hello).replace('"mid"', '"was"').replace('"id": "wamid', '"was": "wamid')
        )
        (first,), (second,) = self.parse(event), self.parse(json.loads(json.dumps(event)))
        assert first.external_id.startswith("h_")
        assert first.external_id == second.external_id

    @FOR_EVERY_PLATFORM
    @given(item=ANY_JSON)
    def test_whatever_stands_for_an_item_is_kept(self, item: JSON) -> None:
        assert self.parse(self.holding(item))

    @FOR_EVERY_PLATFORM
    @given(payload=ANY_JSON)
    def test_whatever_comes_is_read_without_a_fault(self, payload: JSON) -> None:
        self.parse(payload)
        self.parse({"object": self.hello["object"], "entry": payload})
        self.parse({"object": self.hello["object"], "entry": [payload]})

    @FOR_EVERY_PLATFORM
    @given(data=st.data())
    def test_a_damaged_greeting_is_kept(self, data: st.DataObject) -> None:
        event = json.loads(json.dumps(self.hello))
        spots = [spot for spot in _spots(event) if spot[0] is not event]
        holder, key = data.draw(st.sampled_from(spots))
        holder[key] = data.draw(ANY_JSON)
        self.parse(event)

    def test_one_bad_item_costs_nobody_else(self) -> None:
        event = self.nest([[["one"]]])
        damaged: list[JSON] = [None, 7, "text", [], {}]
        for bad in damaged:
            mixed = json.loads(json.dumps(event))
            mixed["entry"] += self.holding(bad)["entry"] + self.nest([[["two"]]])["entry"]
            notices = self.parse(mixed)
            assert [notice.text for notice in notices if isinstance(notice, MessageReceived)] == [
                "one",
                "two",
            ]
            assert sum(isinstance(notice, Unrecognised) for notice in notices) == 1

    def test_an_unknown_word_is_unrecognised(self) -> None:
        entry = {"id": "1", "changes": [{"field": "novelty", "value": {"x": 1}}]}
        (notice,) = self.parse({"object": self.hello["object"], "entry": [entry]})
        assert isinstance(notice, Unrecognised)
        assert (notice.kind, notice.word) == ("field", "novelty")
        assert notice.raw == entry["changes"][0]


def _spots(value: JSON) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value that can be replaced."""
    keys: Callable[[Any], Any] = lambda holder: holder if isinstance(holder, dict) else range(len(holder))  # noqa: E731
    if isinstance(value, dict | list):
        for key in list(keys(value)):
            yield value, key
            yield from _spots(value[key])
