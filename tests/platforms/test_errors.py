from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.lib.json_types import JSON
from backend.platforms.errors import (
    ContactUnreachable,
    CredentialRejected,
    Malformed,
    OutcomeUnknown,
    PermissionMissing,
    PersonRateLimited,
    PlatformError,
    RateLimited,
    Refused,
    Unavailable,
    WindowClosed,
)
from backend.platforms.meta.errors import error_from, failure_from, retry_after_of
from backend.platforms.meta.rules import BY_CODE, rule_for
from backend.platforms.meta.rules_graph import BY_PAIR, BY_SUBCODE
from tests.platforms.cases import SHARED

REFERENCES = [SHARED / "meta" / "messenger-instagram.md", SHARED / "meta" / "whatsapp.md"]
# In the references only as a range, or as something that is no error of a call.
NOT_CODES = {24}


def envelope(code: JSON, subcode: JSON = None, **more: JSON) -> JSON:
    """Meta's error envelope."""
    return {"error": {"message": "(#1) Their words", "code": code, "error_subcode": subcode, **more}}


@pytest.mark.parametrize(
    ("code", "subcode", "error"),
    [
        (1, None, Unavailable),
        (1, 99, PermissionMissing),
        (2, None, Unavailable),
        (2, 2018344, PermissionMissing),
        (4, 2446079, RateLimited),
        (17, None, RateLimited),
        (32, None, RateLimited),
        (341, None, RateLimited),
        (613, None, RateLimited),
        (613, 1996, RateLimited),
        (613, 2018338, Refused),
        (80001, None, RateLimited),
        (80007, None, RateLimited),
        (130429, None, RateLimited),
        (131056, None, PersonRateLimited),
        (131016, None, Unavailable),
        (131000, None, OutcomeUnknown),
        (10, None, PermissionMissing),
        (10, 2018278, WindowClosed),
        (10, 2534022, WindowClosed),
        (2018278, None, WindowClosed),
        (131047, None, WindowClosed),
        (10, 2018108, ContactUnreachable),
        (10, 1893063, Refused),
        (100, None, Malformed),
        (100, 33, Refused),
        (100, 2018001, ContactUnreachable),
        (100, 2018300, Refused),
        (100, 36009, Refused),
        (190, None, CredentialRejected),
        (190, 460, CredentialRejected),
        (190, 999, CredentialRejected),
        (102, None, CredentialRejected),
        (0, None, CredentialRejected),
        (200, None, PermissionMissing),
        (200, 1545041, ContactUnreachable),
        (200, 2534041, PermissionMissing),
        (551, 1545041, ContactUnreachable),
        (299, None, PermissionMissing),
        (368, None, Refused),
        (131026, None, ContactUnreachable),
        (131048, None, Refused),
        (424242, None, Refused),
    ],
)
def test_code_to_error(code: int, subcode: int | None, error: type[PlatformError]) -> None:
    raised = error_from(envelope(code, subcode), 400, {})
    assert type(raised) is error
    assert raised.message
    assert raised.resolution
    assert (raised.words.code, raised.words.subcode) == (code, subcode)


def test_every_rule_speaks_to_a_shop_owner() -> None:
    for rule in [*BY_CODE.values(), *BY_SUBCODE.values(), *BY_PAIR.values()]:
        assert rule.message.endswith(".")
        assert rule.resolution is None or rule.resolution.endswith(".")
        assert "(#" not in rule.message
        assert rule.resolution or rule.error.default_resolution


@pytest.mark.skipif(not REFERENCES[0].exists(), reason=f"no reference at {REFERENCES[0]}")
@pytest.mark.parametrize("reference", REFERENCES, ids=lambda path: path.stem)
def test_every_documented_code_has_a_rule(reference: Path) -> None:
    table = re.search(r"\n## (?:9|8)\. Errors\n(.*?)\n## ", reference.read_text(), re.DOTALL)
    assert table
    rows = re.findall(r"^\| ((?:\*\*)?[0-9][^|]*) \|", table[1], re.MULTILINE)
    codes = {int(code) for row in rows for code in re.findall(r"(?<![0-9/x])[0-9]+(?![0-9x/-])", row)}
    unknown = {code for code in codes - NOT_CODES if rule_for(code, None) is None}
    assert len(codes) > 20
    assert unknown <= {2446079, *range(1, 100)}  # A subcode of throttling, and numbers that are no codes.


def test_an_unknown_code_is_kept_as_it_came() -> None:
    raised = error_from(envelope(424242, 7), 400, {})
    assert type(raised) is Refused
    assert not raised.retryable
    assert raised.message == "(#1) Their words"


def test_metas_hint_of_a_passing_fault_counts_unless_we_know_better() -> None:
    assert type(error_from(envelope(190, is_transient=True), 400, {})) is Unavailable
    assert type(error_from(envelope(4, is_transient=True), 400, {})) is RateLimited
    assert type(error_from(envelope(131000, is_transient=True), 500, {})) is OutcomeUnknown
    assert type(error_from(envelope(10, 2018278, is_transient=True), 400, {})) is WindowClosed
    assert type(error_from(envelope(190, is_transient="true"), 400, {})) is CredentialRejected


@pytest.mark.parametrize(
    "damaged", [None, [], {}, {"error": {}}, {"error": {"code": "x"}}, {"error": {"code": None}}]
)
def test_a_damaged_envelope_is_an_error_all_the_same(damaged: JSON) -> None:
    assert isinstance(error_from(damaged, 400, {}), PlatformError)
    assert isinstance(error_from(damaged, 500, {}), PlatformError)


def test_the_envelope_of_the_login_hosts() -> None:
    said = {"error_type": "OAuthException", "code": 400, "error_message": "Matching code was not found"}
    raised = error_from(said, 400, {})
    assert type(raised) is Refused
    assert raised.message == "Matching code was not found"
    assert raised.words.code is None
    assert error_from({"error": "invalid_grant", "error_description": "Gone"}, 400, {}).message == "Gone"


def test_numbers_may_come_as_text_and_error_data_as_a_string() -> None:
    raised = error_from(envelope("131047", error_data="too late"), 400, {})
    assert type(raised) is WindowClosed
    assert raised.words.details == "too late"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30),
        ({"retry-after": "soon"}, None),
        (
            {
                "x-business-use-case-usage": '{"1":[{"type":"messenger","estimated_time_to_regain_access":19}]}'
            },
            1140,
        ),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":0}]}'}, None),
        ({"x-business-use-case-usage": "[1"}, None),
        ({"x-business-use-case-usage": '{"1":[null,2]}'}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_of(headers) == seconds
    raised = error_from(envelope(613), 400, headers)
    assert isinstance(raised, RateLimited)
    assert raised.retry_after == seconds


def test_a_failed_status_leaves_no_doubt() -> None:
    failure = failure_from({"code": 131000, "title": "Something went wrong"})
    assert failure.code == "platform_unavailable"
    assert failure_from({"code": 131047}).code == "window_closed"
    assert failure_from({"code": 131026}).code == "contact_unreachable"
    assert failure_from(None).code == "platform_refused"
    unknown = failure_from({"code": 5, "title": "New", "error_data": {"details": "What it means"}})
    assert (unknown.message, unknown.platform_code) == ("What it means", 5)


@pytest.mark.parametrize("code", [1, 131000, 130429, 131056, 131047, 190, 5])
def test_what_failed_for_good_promises_no_further_try(code: int) -> None:
    error = error_from(envelope(code), 400, {}, repeatable=True)
    asked = failure_from({"code": code}).resolution
    assert error.resolution_at_last == asked
    assert (asked or "").startswith("It is not tried again by itself") is error.retryable


def test_a_failed_status_says_what_whatsapp_means() -> None:
    details = "Media file size too big. Max file size is 5MB."
    failure = failure_from({"code": 131053, "title": "Upload error", "error_data": {"details": details}})
    assert failure.message == f"The attachment could not be sent. Meta says: {details}"
