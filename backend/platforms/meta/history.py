"""
Old conversations of Messenger and Instagram, read back by Meta's Conversations API.

Meta shows the twenty newest messages of a conversation; of older ones it gives the id and the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, moment_of, number_of, object_of, objects_in, text_of
from backend.lib.secret import Secret
from backend.platforms.meta.attachments import is_file
from backend.platforms.meta.graph import Graph
from backend.platforms.meta.messaging import EMOJI_OF
from backend.platforms.notices import PastConversation
from backend.platforms.port import (
    Account,
    AnyNotice,
    Attachment,
    AttachmentType,
    ContactCard,
    HistoryPage,
    MessageEchoed,
    MessageReceived,
    MessageType,
    ReactionChanged,
)

SHOWN = 20
MESSAGE_FIELDS = (
    "id",
    "created_time",
    "from",
    "to",
    "message",
    "attachments",
    "shares",
    "story",
    "sticker",
    "reply_to",
    "reactions",
    "is_unsupported",
)
FIELDS = f"id,updated_time,message_count,participants,messages.limit({SHOWN}){{{','.join(MESSAGE_FIELDS)}}}"

# What a message says in its own fields; everything else goes to its payload.
SAID_ELSEWHERE = frozenset({"id", "created_time", "from", "to", "message", "reactions", "reply_to"})

# The part of an attachment that tells what it is; one without them tells it by its MIME type.
KINDS = {"image_data": MessageType.IMAGE, "video_data": MessageType.VIDEO}
MIME_KINDS = {"image": MessageType.IMAGE, "video": MessageType.VIDEO, "audio": MessageType.AUDIO}


def read_history(
    graph: Graph, path: str, token: Secret, account: Account, *, platform: str, cursor: str | None, size: int
) -> HistoryPage:
    """One page of the conversations that stand at the path, with their newest messages."""
    params = {"platform": platform, "fields": FIELDS, "limit": str(size)}
    page = object_of(graph.get(path, token=token, params=params | ({"after": cursor} if cursor else {})))
    own = _Own.of(account)
    return HistoryPage(
        conversations=tuple(read_conversation(each, own) for each in objects_in(page.get("data"))),
        next_cursor=_following(page, cursor),
    )


def _following(page: JSONObject, cursor: str | None) -> str | None:
    paging = object_of(page.get("paging"))
    after = text_of(object_of(paging.get("cursors")).get("after"))
    return after if text_of(paging.get("next")) and after and after != cursor else None


@dataclass(frozen=True, slots=True)
class _Own:
    """By what the business is known among those who take part."""

    account_id: str
    ids: frozenset[str]
    username: str

    @classmethod
    def of(cls, account: Account) -> _Own:
        ids = {account.account_id, account.platform_account_id, account.page_id, account.app_scoped_id}
        username = account.username or account.metadata.get("username", "")
        return cls(account.account_id, frozenset(ids - {""}), username)

    def is_me(self, person: JSONObject) -> bool:
        username = text_of(person.get("username"))
        return id_of(person.get("id")) in self.ids or (bool(username) and username == self.username)


def read_conversation(conversation: JSONObject, own: _Own) -> PastConversation:
    """What was said in one conversation. What does not say who is on the other side is left out."""
    shown = objects_in(object_of(conversation.get("messages")).get("data"))
    people = objects_in(object_of(conversation.get("participants")).get("data"))
    others = [card for person in people if not own.is_me(person) and (card := _card(person)).external_id]
    notices = [
        notice
        for message in reversed(shown)  # Meta lists the newest first.
        for notice in read_message(message, own, others[0] if len(others) == 1 else None)
    ]
    told = sum(isinstance(notice, MessageReceived | MessageEchoed) for notice in notices)
    count = max(number_of(conversation.get("message_count")) or 0, len(shown))
    return PastConversation(
        notices=tuple(notices),
        updated_at=moment_of(conversation.get("updated_time")),
        withheld=count - told,
    )


def read_message(message: JSONObject, own: _Own, other: ContactCard | None) -> Iterator[AnyNotice]:
    """The message, and what was put on it; nothing where Meta gives no more than its id."""
    external_id, sender = id_of(message.get("id")), object_of(message.get("from"))
    by_business = own.is_me(sender)
    receivers = objects_in(object_of(message.get("to")).get("data"))
    contact = other or _card((receivers[0] if receivers else {}) if by_business else sender)
    if not external_id or not id_of(sender.get("id")) or not contact.external_id:
        return
    facts: dict[str, Any] = {
        "account_id": own.account_id,
        "occurred_at": moment_of(message.get("created_time")),
        "contact": contact,
        "external_id": external_id,
    }
    said: dict[str, Any] = {
        "type": type_of(message),
        "text": text_of(message.get("message")),
        "reply_to_external_id": id_of(object_of(message.get("reply_to")).get("mid")),
        "payload": {word: content for word, content in message.items() if word not in SAID_ELSEWHERE},
        "is_history": True,
        "attachments": files_of(message),
    }
    yield (MessageEchoed if by_business else MessageReceived)(**facts, **said)
    for emoji in _reactions(message, contact):
        yield ReactionChanged(emoji=emoji, **facts)


def _reactions(message: JSONObject, contact: ContactCard) -> Iterator[str]:
    """What the contact put on the message. When, Meta does not say: a webhook's word is always later."""
    for reaction in objects_in(object_of(message.get("reactions")).get("data")):
        users = {id_of(user.get("id")) for user in objects_in(reaction.get("users"))}
        word = text_of(reaction.get("reaction"))
        if word and contact.external_id in users:
            yield EMOJI_OF.get(word, word)


def _card(person: JSONObject) -> ContactCard:
    return ContactCard(
        external_id=id_of(person.get("id")),
        name=text_of(person.get("name")),
        username=text_of(person.get("username")),
    )


def type_of(message: JSONObject) -> MessageType:
    """What the message is, by what it holds besides its text."""
    return next((kind for holds, kind in TYPES if holds(message)), None) or _type_of_file(message)


def _type_of_file(message: JSONObject) -> MessageType:
    files = objects_in(object_of(message.get("attachments")).get("data"))
    if not files:
        return MessageType.TEXT if text_of(message.get("message")) else MessageType.UNKNOWN
    named = (kind for word, kind in KINDS.items() if object_of(files[0].get(word)))
    mime = text_of(files[0].get("mime_type")).partition("/")[0]
    return next(named, MIME_KINDS.get(mime, MessageType.DOCUMENT))


def files_of(message: JSONObject) -> tuple[Attachment, ...]:
    """Every file of the message that Meta gives a link to."""
    told = (_file(each) for each in objects_in(object_of(message.get("attachments")).get("data")))
    return tuple(each for each in told if is_file(each.url))


def _file(each: JSONObject) -> Attachment:
    word = next((word for word in KINDS if object_of(each.get(word))), "")
    mime = text_of(each.get("mime_type"))
    kind = KINDS.get(word) or MIME_KINDS.get(mime.partition("/")[0], MessageType.DOCUMENT)
    return Attachment(
        type=AttachmentType(kind),
        url=text_of(object_of(each.get(word)).get("url")) or text_of(each.get("file_url")),
        mime_type=mime,
        name=text_of(each.get("name")),
    )


def _has_sticker(message: JSONObject) -> bool:
    files = objects_in(object_of(message.get("attachments")).get("data"))
    shown = (object_of(each.get("image_data")).get("render_as_sticker") for each in files)
    return bool(text_of(message.get("sticker"))) or any(each is True for each in shown)


# The first that holds decides.
TYPES: tuple[tuple[Callable[[JSONObject], bool], MessageType], ...] = (
    (lambda message: message.get("is_unsupported") is True, MessageType.UNSUPPORTED),
    (_has_sticker, MessageType.STICKER),
    (
        lambda message: bool(object_of(object_of(message.get("story")).get("mention"))),
        MessageType.STORY_MENTION,
    ),
    (lambda message: bool(objects_in(object_of(message.get("shares")).get("data"))), MessageType.SHARE),
)
