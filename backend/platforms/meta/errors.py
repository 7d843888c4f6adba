from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import list_of, number_of, object_of, text_of
from backend.platforms.errors import (
    Incomprehensible,
    OutcomeUnknown,
    PlatformError,
    PlatformWords,
    Refused,
    Unavailable,
    with_words,
)
from backend.platforms.meta.rule import NOT_ADVANCED, PASSING, SLOWER, Rule
from backend.platforms.meta.rules import is_exact, rule_for
from backend.platforms.port import DeliveryFailure

UNKNOWN = Rule(Refused, "Meta refused it.")
ADVANCED_ACCESS = "Advanced Access"  # Meta says it under the code of every missing permission.
LOGIN_REFUSED = Rule(Refused, "The login was not accepted.", "Start connecting again.")
TOO_MANY_REQUESTS = 429
SERVER_FAULTS = range(500, 600)
NO_SENSE = Rule(Incomprehensible, "Meta's answer made no sense.")
DOWN = Rule(Unavailable, "Meta could not answer.")
UNHEARD = Rule(OutcomeUnknown, "Meta failed while it worked on this; it may have been done.")


def is_envelope(body: JSON) -> bool:
    """Whether an answer is one of Meta's error envelopes, whatever its HTTP status."""
    return isinstance(body, dict) and bool(body.get("error") or body.get("error_type"))


def error_from(
    envelope: JSON, http_status: int, headers: Mapping[str, str], *, repeatable: bool = False
) -> PlatformError:
    """
    Our error for an answer that is none. `repeatable` says that doing it twice is the same as once.

    An envelope is Meta's own word; without one the HTTP status has to do, and a 5xx says nothing about what
    happened behind it.
    """
    words = _words_of(envelope, http_status)
    rule = _rule_of(envelope, words) if is_envelope(envelope) else _rule_without_words(http_status)
    if repeatable and issubclass(rule.error, OutcomeUnknown):
        rule = replace(DOWN, message=rule.message)
    return _build(rule, words, headers)


def failure_from(error: JSON) -> DeliveryFailure:
    """Why a message was not delivered, from one object of a status webhook's `errors`."""
    words = _words_in(object_of(error), None)
    rule = rule_for(words.code, words.subcode) or UNKNOWN
    # A status that says "failed" leaves no doubt about the outcome.
    kind = Unavailable if issubclass(rule.error, OutcomeUnknown) else rule.error
    return DeliveryFailure(
        code=kind.code,
        message=with_words(_message(rule, words), words),
        resolution=rule.resolution or kind.last_resolution or kind.default_resolution,
        platform_code=words.code,
        effect=rule.effect or kind.effect,
    )


def _rule_of(envelope: JSON, words: PlatformWords) -> Rule:
    error = envelope.get("error")
    if not isinstance(error, dict):
        # The hosts of the login answer with {"error": "…"} or {"error_type": "…", "error_message": "…"}.
        return LOGIN_REFUSED
    rule = NOT_ADVANCED if ADVANCED_ACCESS in words.message else rule_for(words.code, words.subcode)
    if error.get("is_transient") is not True or is_exact(words.code, words.subcode):
        return rule or _rule_for_unknown(words)
    # Meta itself says that it will pass; only what we know better stays.
    passing = rule is not None and issubclass(rule.error, Unavailable | OutcomeUnknown)
    return rule if rule is not None and passing else PASSING


def _rule_for_unknown(words: PlatformWords) -> Rule:
    return SLOWER if words.http_status == TOO_MANY_REQUESTS else UNKNOWN


def _rule_without_words(http_status: int) -> Rule:
    if http_status == TOO_MANY_REQUESTS:
        return SLOWER
    return UNHEARD if http_status in SERVER_FAULTS else NO_SENSE


def _build(rule: Rule, words: PlatformWords, headers: Mapping[str, str]) -> PlatformError:
    message = _message(rule, words)
    if issubclass(rule.error, Unavailable):
        retry_after = retry_after_of(headers) or rule.wait
        return rule.error(message, resolution=rule.resolution, words=words, retry_after=retry_after)
    error = rule.error(message, resolution=rule.resolution, words=words)
    error.effect = rule.means
    return error


def _message(rule: Rule, words: PlatformWords) -> str:
    """Ours where we know the code; else what Meta says, as it came."""
    if rule not in (UNKNOWN, LOGIN_REFUSED):
        return rule.message
    return words.user_message or words.details or words.message or rule.message


def _words_of(envelope: JSON, http_status: int) -> PlatformWords:
    body = object_of(envelope)
    error = body.get("error")
    if isinstance(error, dict):
        return _words_in(error, http_status)
    message = text_of(body.get("error_message")) or text_of(body.get("error_description")) or text_of(error)
    # `code` repeats the HTTP status here, so it is not a code of the Graph API.
    return PlatformWords(message=message, http_status=http_status)


def _words_in(error: JSONObject, http_status: int | None) -> PlatformWords:
    data = error.get("error_data")
    return PlatformWords(
        code=number_of(error.get("code")),
        subcode=number_of(error.get("error_subcode", error.get("subcode"))),
        message=text_of(error.get("message")) or text_of(error.get("title")),
        user_message=text_of(error.get("error_user_msg")),
        details=text_of(data) or text_of(object_of(data).get("details")),
        trace_id=text_of(error.get("fbtrace_id")),
        http_status=http_status,
    )


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """How many seconds Meta asks us to wait; None where it does not say."""
    seconds = number_of(headers.get("retry-after", ""))
    if seconds is not None and seconds > 0:
        return float(seconds)
    # Minutes, per business and kind of call; the longest counts.
    minutes = [
        number_of(object_of(use).get("estimated_time_to_regain_access")) or 0
        for uses in object_of(_json_in(headers.get("x-business-use-case-usage", ""))).values()
        for use in list_of(uses)
    ]
    return max(minutes) * 60.0 if any(minutes) else None


def _json_in(text: str) -> JSON:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
