"""Every row of Meta's two tables of errors, by what is to be done about it.

The tables stand in the references of Messenger, Instagram and WhatsApp, read on 2026-11-22.
"""

from __future__ import annotations

import pytest

from backend.platforms.errors import CredentialRejected, OutcomeUnknown, PlatformError, Unavailable
from backend.platforms.meta.errors import error_from
from backend.platforms.meta.rules import BY_CODE, rule_for
from backend.platforms.meta.rules_graph import BY_PAIR, BY_SUBCODE

Row = tuple[int, int | None]


def rows(*codes: int | tuple[int, int]) -> list[Row]:
    return [code if isinstance(code, tuple) else (code, None) for code in codes]


# The token is dead: only these end a connection.
DEAD = rows(0, 102, 190, (190, 458), (190, 459), (190, 460), (190, 463), (190, 464), (190, 467), (190, 492))
# It passes by itself: tried again, and nothing is changed.
PASSING = rows(
    *(1, 2, 4, 17, 32, 341, 613, (613, 1996), (613, 2534040), 80001, 80002, 80006, 80007, 80008, 1200),
    *(130429, 131016, 131056, 131057, 133004, 133015, 134101, 2494100),
)
# It may have happened: never repeated by itself.
UNKNOWN = rows(131000)
# A permission, a switch, a review or a link is missing: for a person, with the token as good as it is.
MISSING = rows(
    *((1, 99), (2, 2018344), 3, 10, (10, 2534077), (100, 2534013), 131005, 200, 201, 250, 299),
    *((200, 2018028), (200, 2018027), (200, 2018021), (200, 2534041), 2018247),
)
# The window is closed.
LATE = rows((10, 2018278), (10, 2018065), (10, 2534022), 131047)
# This person cannot be reached.
AWAY = rows(
    *((10, 2018108), (10, 2018336), (10, 1893015), (10, 1404170), (100, 2018001), (100, 2534014)),
    *((200, 1545041), 551, (551, 1545041), 130403, 130497, 131026, 131030, 131050, 131062, 137000),
)
# No, and no again: the request, the template, the number, the account.
NO = rows(
    *((613, 2018338), 368, (9, 2018352), (10, 1893063), 100, (100, 33), (100, 2018008), (100, 2018047)),
    *((100, 2018294), (100, 2018074), (100, 2018109), (100, 2534015), (100, 2534025), (100, 2534029)),
    *(
        (100, 2534037),
        (100, 2018300),
        (100, 2018321),
        (100, 2018171),
        (100, 36007),
        (100, 36008),
        (100, 36009),
    ),
    *(33, 101, 104, 230, 36103, 506, 1609005, 2022, 2018218, 2200, 2500, 9000001, 10303, 803),
    *(130472, 131008, 131009, 131021, 131031, 131037, 131042, 131045, 131048, 131049, 131051, 131052, 131053),
    *(131055, 134100, 131063, 131060, 131064, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016),
    *(132018, 132068, 132069, 133000, 133005, 133006, 133008, 133009, 133010, 133016, 134011, 134102, 135000),
    *(136024, 136025),
)
CODES = {
    "reconnect_required": DEAD,
    "outcome_unknown": UNKNOWN,
    "permission_missing": MISSING,
    "window_closed": LATE,
    "contact_unreachable": AWAY,
    "platform_refused": NO,
}
EVERY_ROW = [(code, row) for code, table in CODES.items() for row in table]


def raised_for(row: Row) -> PlatformError:
    envelope = {"error": {"message": "(#1) Their words", "code": row[0], "error_subcode": row[1]}}
    return error_from(envelope, 400, {})


@pytest.mark.parametrize(("code", "row"), EVERY_ROW, ids=str)
def test_each_row_is_what_its_table_says(code: str, row: Row) -> None:
    error = raised_for(row)
    assert error.code == code
    assert not error.retryable
    assert error.resolution


@pytest.mark.parametrize("row", PASSING, ids=str)
def test_what_passes_is_tried_again(row: Row) -> None:
    error = raised_for(row)
    assert isinstance(error, Unavailable)
    assert error.retryable


def test_no_other_code_ends_a_connection() -> None:
    every = {*((code, None) for code in BY_CODE), *BY_PAIR, *((200, sub) for sub in BY_SUBCODE)}
    dead = {row for row in every if (rule := rule_for(*row)) and issubclass(rule.error, CredentialRejected)}
    assert dead == set(DEAD)


def test_no_row_is_in_two_tables() -> None:
    every = [*PASSING, *(row for table in CODES.values() for row in table)]
    assert len(every) == len(set(every))
    assert all(rule_for(*row) for row in every)


def test_an_outcome_that_is_not_known_is_no_blip() -> None:
    assert isinstance(raised_for(UNKNOWN[0]), OutcomeUnknown)


def test_access_that_was_not_extended_is_told_by_its_words() -> None:
    said = (
        "(#200) App does not have Advanced Access to instagram_manage_messages permission, and recipient user does "
        "not have role on app"
    )
    error = error_from({"error": {"message": said, "type": "OAuthException", "code": 200}}, 403, {})
    assert error.code == "permission_missing"
    assert "Standard Access" in error.message
    assert "App Review" in (error.resolution or "")
