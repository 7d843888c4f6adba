"""
What is read of a platform's webhooks, as a table: one row for what becomes the same thing.

The platform's README shows it; a test holds the table true against the parser's own tables, and README against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

FROM_THE_START = "*"  # As old as the platform's webhooks.

HEAD = "| where | Meta's word | becomes | since | what to know |\n|---|---|---|---|---|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Some words of the platform in one place of a delivery."""

    place: str
    words: tuple[str, ...]
    becomes: str  # The notice, and its type, status, happening or topic.
    since: str = ""  # When Meta began to send it; `~`: from memory; empty: nobody told.
    note: str = ""


def as_table(rows: Iterable[Row]) -> str:
    """The rows as the README shows them."""
    return "\n".join([HEAD, *map(_line, rows)])


def _line(row: Row) -> str:
    words = ", ".join(f"`{word}`" for word in row.words)
    return f"| {' | '.join((f'`{row.place}`', words, row.becomes, row.since, row.note))} |".replace(
        "|  |", "| |"
    )


def as_of(began: str, rows: Iterable[Row]) -> list[Row]:
    """The rows of a platform whose webhooks began then."""
    return [replace(row, since=began) if row.since == FROM_THE_START else row for row in rows]


# What Messenger and Instagram share.
ATTACHMENTS: tuple[Row, ...] = (
    Row(place="attachments[]", words=("image",), becomes="MessageReceived IMAGE", since=FROM_THE_START),
    Row(place="attachments[]", words=("video",), becomes="MessageReceived VIDEO", since=FROM_THE_START),
    Row(place="attachments[]", words=("audio",), becomes="MessageReceived AUDIO", since=FROM_THE_START),
    Row(place="attachments[]", words=("file",), becomes="MessageReceived DOCUMENT", since=FROM_THE_START),
    Row(
        place="attachments[]",
        words=("sticker",),
        becomes="MessageReceived STICKER",
        since="2026",
        note="before: an `image` with `sticker_id`; both at once until 2026-08-30, read as one. Thumbs are 👍",
    ),
    Row(
        place="attachments[]",
        words=("template",),
        becomes="MessageReceived TEMPLATE",
        note="SHARE where it holds a product",
    ),
    Row(
        place="attachments[]",
        words=("reel", "ig_reel", "post", "ig_post"),
        becomes="MessageReceived SHARE",
        note="the title is the text",
    ),
    Row(
        place="attachments[]",
        words=("fallback",),
        becomes="MessageReceived SHARE",
        note="beside a text it is only the preview of its link",
    ),
)
ITEMS: tuple[Row, ...] = (
    Row(place="message", words=("text",), becomes="MessageReceived TEXT", since=FROM_THE_START),
    Row(
        place="message",
        words=("quick_reply",),
        becomes="MessageReceived REPLY",
        since=FROM_THE_START,
        note="the title is the text, `payload.quick_reply` what was given along",
    ),
    Row(
        place="message",
        words=("is_deleted",),
        becomes="MessageDeleted",
        note="words and files are taken away here too",
    ),
    Row(
        place="message",
        words=("is_unsupported",),
        becomes="MessageReceived UNSUPPORTED",
        note="a placeholder: open the app",
    ),
    Row(
        place="message",
        words=("is_echo",),
        becomes="MessageEchoed TEXT",
        note="the native app, other software, or ourselves; attachments as above",
    ),
    Row(
        place="message",
        words=("is_self",),
        becomes="Unrecognised message",
        note="the account wrote to itself; nobody else is in it",
    ),
    Row(
        place="messaging[]",
        words=("message_edit",),
        becomes="MessageEdited",
        note="the former texts are kept in `edits`",
    ),
    Row(
        place="messaging[]",
        words=("reaction",),
        becomes="ReactionChanged",
        note="`unreact`, or no emoji: taken off; of the business too",
    ),
    Row(place="messaging[]", words=("postback",), becomes="MessageReceived POSTBACK", since=FROM_THE_START),
    Row(
        place="messaging[]",
        words=("referral",),
        becomes="MessageReceived REFERRAL",
        note="an ad or a link; inside a message or postback it is that message's `referral`",
    ),
    Row(
        place="messaging[]",
        words=("order",),
        becomes="MessageReceived ORDER",
        note="the note is the text",
    ),
    Row(
        place="messaging[]",
        words=("optin",),
        becomes="ConversationNoted opted_in",
        since=FROM_THE_START,
        note="STOP and RESUME NOTIFICATIONS: marketing_stopped, marketing_allowed; the token is masked",
    ),
    Row(place="messaging[]", words=("optout",), becomes="ConversationNoted opted_out"),
    Row(
        place="messaging[]",
        words=("account_linking",),
        becomes="ConversationNoted account_linked",
        since="~2016",
        note="or account_unlinked; the code is masked",
    ),
    Row(
        place="messaging[]",
        words=("pass_thread_control",),
        becomes="ConversationNoted thread_passed",
        since="~2017",
        note="`threadOwner` of the conversation",
    ),
    Row(
        place="messaging[]",
        words=("take_thread_control",),
        becomes="ConversationNoted thread_taken",
        since="~2017",
        note="`threadOwner`, which may not be named",
    ),
    Row(
        place="messaging[]",
        words=("request_thread_control",),
        becomes="ConversationNoted thread_requested",
        since="~2017",
    ),
    Row(
        place="messaging[]",
        words=("response_feedback",),
        becomes="ConversationNoted feedback_given",
        note="`replyToId` is the message that was rated",
    ),
    Row(place="messaging[]", words=("message_request",), becomes="ConversationNoted request_accepted"),
    Row(
        place="messaging[]",
        words=("policy_enforcement", "policy-enforcement"),
        becomes="AccountChanged policy",
        since="~2017",
        note="a block shows in the integration's health until it is lifted",
    ),
    Row(place="messaging[]", words=("app_roles",), becomes="AccountChanged roles", since="~2017"),
    Row(
        place="messaging[]",
        words=("payment", "pre_checkout", "checkout_update"),
        becomes="ConversationNoted purchase",
        note="Meta no longer offers it",
    ),
    Row(
        place="messaging[]",
        words=("game_play",),
        becomes="ConversationNoted game_played",
        note="Meta no longer offers it",
    ),
)
