"""
What a webhook event says, normalised: one notice for each fact.

Plain data. Times are aware UTC datetimes; ids of the platform are strings, however the platform wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from backend.lib.json_types import JSON, JSONObject
from backend.lib.light import light
from backend.lib.phone import spellings_of
from backend.platforms.errors import Effect
from backend.platforms.kinds import AccountTopic, DeliveryStatus, Happening, MessageType


class AttachmentType(StrEnum):
    """What a file of a message is to those who look at it; its MIME type tells how to show it."""

    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    DOCUMENT = "DOCUMENT"
    STICKER = "STICKER"
    STORY = "STORY"  # The story that is mentioned or answered.
    SHARE = "SHARE"  # The picture or film of a post or reel that was shared.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message: where it can be had, and what is said of it, none of which is proved."""

    type: AttachmentType
    media_id: str = ""  # By which the platform tells where the file is; WhatsApp only.
    url: str = ""  # Where it is for some minutes (WhatsApp) or days.
    mime_type: str = ""
    name: str = ""
    sha256: str = ""  # As the platform wrote it: hex or base64.
    transient: bool = False  # Not the contact's own: the platform lets us show it for a day.
    failure: str = ""  # Why it cannot be had, in the platform's words.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCard:
    """The person on the other side, as one webhook item shows them; empty where it does not say.

    `external_id` is the key under which the platform lets us answer: PSID, IGSID, or for WhatsApp the number's
    `wa_id` (digits), or the business-scoped user id where there is no number.
    """

    external_id: str
    name: str = ""
    username: str = ""
    phone: str = ""  # Digits with country code, no plus; WhatsApp only.
    user_id: str = ""  # WhatsApp's business-scoped user id.

    @property
    def names(self) -> tuple[str, ...]:
        """Every id by which the platform may call this person: any of them is as good as the others."""
        if not (self.phone or self.user_id):
            return (self.external_id,)
        others = filter(None, (*spellings_of(self.phone), self.user_id))
        return tuple(dict.fromkeys((self.external_id, *others)))


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One normalised fact of one webhook event."""

    account_id: str = (
        ""  # Whose integration: Page, Instagram account or phone number. Empty: of the whole WABA.
    )
    business_account_id: str = ""  # WhatsApp: the WABA, for facts that concern all of its numbers.
    occurred_at: datetime | None = None  # The platform's time; None where it gave none that can be read.
    raw: JSON = None  # The item as it came.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Notice):
    """The contact wrote, tapped, shared or sent something."""

    contact: ContactCard
    external_id: str
    type: MessageType
    text: str = ""
    reply_to_external_id: str = ""
    payload: JSONObject = field(
        default_factory=dict
    )  # The platform's own words for what `text` does not hold.
    referral: JSONObject | None = None
    standby: bool = False  # Somebody else answers here; we only listen.
    attachments: tuple[Attachment, ...] = ()
    is_history: bool = False  # It was said before, and is read back now: nobody is to be alerted.
    opens_window: bool = True  # Whether the platform lets the business answer freely because of it.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationNoted(Notice):
    """Something happened in the conversation that nobody wrote. It is no turn of the contact."""

    contact: ContactCard
    external_id: str
    happening: Happening
    text: str  # In our words.
    type: MessageType = MessageType.SYSTEM
    by_contact: bool = True  # False: the platform, another app, or the business's own people.
    reply_to_external_id: str = ""  # The message that it is about.
    payload: JSONObject = field(default_factory=dict)
    marketing_allowed: bool | None = None  # What the contact says of marketing; None: nothing.
    owner_app_id: str | None = None  # Which app answers from now on; empty: it is not said which.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEchoed(Notice):
    """The business wrote: by us, in the native app, or by other software."""

    contact: ContactCard  # The recipient.
    external_id: str
    type: MessageType
    text: str = ""
    reply_to_external_id: str = ""
    payload: JSONObject = field(default_factory=dict)
    app_id: str = ""
    correlation_id: str = ""  # What we gave along when we sent it; empty where the platform returns none.
    attachments: tuple[Attachment, ...] = ()
    is_history: bool = False  # As for what was received.
    status: DeliveryStatus = DeliveryStatus.SENT  # How far it is, where the platform's history tells.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTold(Notice):
    """A phone handed over what was said with a contact before, not read yet; or how far it is, or why it does not."""

    contact: ContactCard | None = None
    content: JSONObject = field(default_factory=dict)  # In the platform's words.
    phase: int | None = None
    chunk_order: int | None = None
    progress: int | None = None  # Percent of all that the phone has.
    failure: DeliveryFailure | None = None


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailure:
    """Why the platform could not deliver, in its words and in ours."""

    code: str  # Of our tree: `window_closed`, `contact_unreachable`, `platform_refused` …
    message: str
    resolution: str | None
    platform_code: int | None
    effect: Effect | None = None  # What it means beyond this message.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged(Notice):
    """One message, or all up to a time or a message, moved on."""

    status: DeliveryStatus
    contact: ContactCard | None = None
    external_id: str = ""  # Of the message; empty where only a watermark is known.
    watermark: datetime | None = None  # All messages to this contact sent at or before it.
    covers_earlier: bool = False  # `external_id` and every earlier message to this contact.
    correlation_id: str = ""
    failure: DeliveryFailure | None = None


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Notice):
    """The text of a message was changed by its author."""

    external_id: str
    text: str
    contact: ContactCard | None = None


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Notice):
    """The author took a message back."""

    external_id: str
    contact: ContactCard | None = None


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionChanged(Notice):
    """A reaction was put on a message or taken off it."""

    external_id: str  # Of the message that is reacted to.
    emoji: str  # Empty: the reaction was removed.
    contact: ContactCard
    by_business: bool = False  # It is the business's own; `contact` is whom the conversation is with.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(Notice):
    """The contact is known by another number or user id from now on."""

    contact: ContactCard  # As they were known until now.
    became: ContactCard  # What holds from now on; empty where it does not say.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class ContactListed(Notice):
    """The business wrote a person into the address book of its phone, under the card's name, or took them out."""

    contact: ContactCard
    removed: bool = False


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked(Notice):
    """The platform says that we may no longer act for this account."""

    reason: str


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Notice):
    """The platform tells something about the account itself, in no conversation."""

    topic: AccountTopic
    word: str  # The platform's.
    text: str  # In our words.
    ok: bool = True  # False: it keeps the account from working; a later True of the same topic lifts that.
    resolution: str | None = None
    until: datetime | None = None  # When it ends by itself.
    subject: str = ""  # Which template, number or group; empty: the whole account.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsChanged(Notice):
    """A person granted something, or took it back; which accounts live on it, only their grants tell."""

    user_id: str  # As our app at the platform sees the person.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised(Notice):
    """Something that is kept and shown, but changes nothing: unknown, malformed, or not acted upon yet."""

    kind: str  # What sort of thing it is: `field`, `item`, `message`, `status`, `envelope` …
    word: str = ""  # The platform's word for it.
    detail: str = ""  # Why it could not be read, for a person.


AnyNotice = (
    MessageReceived
    | ConversationNoted
    | MessageEchoed
    | HistoryTold
    | DeliveryChanged
    | MessageEdited
    | MessageDeleted
    | ReactionChanged
    | ContactChanged
    | ContactListed
    | AccessRevoked
    | AccountChanged
    | PermissionsChanged
    | Unrecognised
)


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class PastConversation:
    """One conversation as the platform reads it back."""

    notices: tuple[AnyNotice, ...]  # What was said, the messages marked as history.
    updated_at: datetime | None  # When something was said in it last.
    withheld: int = 0  # Older messages that the platform names and does not show.


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Some conversations of an account, the latest first."""

    conversations: tuple[PastConversation, ...]
    next_cursor: str | None  # Where the next page begins; None: this was the last one.
