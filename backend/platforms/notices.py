"""
What a webhook event says, normalised: one notice for each fact.

Plain data. Times are aware UTC datetimes; ids of the platform are strings, however the platform wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from backend.lib.json_types import JSON, JSONObject


class MessageType(StrEnum):
    """What a message is, in words that hold on every platform."""

    TEXT = "TEXT"
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    DOCUMENT = "DOCUMENT"
    STICKER = "STICKER"
    LOCATION = "LOCATION"
    CONTACTS = "CONTACTS"
    REPLY = "REPLY"  # A tap on a quick reply, a button or a row of a list; `text` is its title.
    POSTBACK = "POSTBACK"  # A tap on a button outside the conversation's flow, such as Get Started.
    FORM = "FORM"  # The answer to a WhatsApp flow or address form.
    ORDER = "ORDER"
    SHARE = "SHARE"  # A post, a reel, a link or a product that the contact shared.
    STORY_MENTION = "STORY_MENTION"
    REFERRAL = "REFERRAL"  # The contact came by an ad or a link and wrote nothing.
    CALL = "CALL"  # Somebody called, or a call ended; calls are not taken here.
    SYSTEM = "SYSTEM"  # Nobody wrote it: a changed number, an opt-in, another app that took over.
    TEMPLATE = "TEMPLATE"
    UNSUPPORTED = "UNSUPPORTED"  # The platform says that it does not pass this kind on.
    UNKNOWN = "UNKNOWN"  # A kind that we do not know yet; the payload holds what came.


class Happening(StrEnum):
    """What happened between contact and business that nobody wrote; it travels as `payload.event`."""

    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"
    MARKETING_ALLOWED = "marketing_allowed"
    MARKETING_STOPPED = "marketing_stopped"
    ACCOUNT_LINKED = "account_linked"
    ACCOUNT_UNLINKED = "account_unlinked"
    THREAD_PASSED = "thread_passed"  # Another app was made the one that answers.
    THREAD_TAKEN = "thread_taken"
    THREAD_REQUESTED = "thread_requested"
    FEEDBACK_GIVEN = "feedback_given"
    CONVERSATION_OPENED = "conversation_opened"  # The contact opened the chat for the first time.
    REQUEST_ACCEPTED = "request_accepted"  # The contact took a message request of the business.
    CALL_ENDED = "call_ended"
    CALL_CHANGED = "call_changed"  # It rings, was taken, was refused, its recording is there …
    PURCHASE = "purchase"  # A payment or checkout of Messenger's former shops.
    GAME_PLAYED = "game_played"


class AccountTopic(StrEnum):
    """What a platform tells about an account, apart from its conversations."""

    POLICY = "policy"  # Messenger blocks the Page, warns it, or lets it go.
    RESTRICTION = "restriction"  # WhatsApp keeps the account from doing something, for a time or for good.
    REVIEW = "review"
    VIOLATION = "violation"
    QUALITY = "quality"
    LIMIT = "limit"
    NAME = "name"
    ALERT = "alert"
    SECURITY = "security"
    TEMPLATE = "template"  # `subject` is the template's id; what changed of it stands in `raw`.
    PARTNER = "partner"
    SETTINGS = "settings"
    PAYMENT = "payment"
    PRICING = "pricing"
    GROUP = "group"
    ROLES = "roles"
    SIGNAL = "signal"  # What Meta makes of conversations, for instance a likely purchase.


class DeliveryStatus(StrEnum):
    """What became of a message. `conversations.status` holds which may follow which."""

    RECEIVED = "RECEIVED"  # Inbound: it is in our books.
    QUEUED = "QUEUED"  # We accepted it; nobody has tried yet.
    SENDING = "SENDING"  # A worker is trying now.
    SENT = "SENT"  # The platform accepted it.
    DELIVERED = "DELIVERED"  # It reached a device.
    READ = "READ"  # The contact opened it.
    PLAYED = "PLAYED"  # The contact played the voice message.
    FAILED = "FAILED"  # It will not arrive; see the error.


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One normalised fact of one webhook event."""

    account_id: str = (
        ""  # Whose integration: Page, Instagram account or phone number. Empty: of the whole WABA.
    )
    business_account_id: str = ""  # WhatsApp: the WABA, for facts that concern all of its numbers.
    occurred_at: datetime | None = None  # The platform's time; None where it gave none that can be read.
    raw: JSON = None  # The item as it came.


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
    opens_window: bool = True  # Whether the platform lets the business answer freely because of it.


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailure:
    """Why the platform could not deliver, in its words and in ours."""

    code: str  # Of our tree: `window_closed`, `contact_unreachable`, `platform_refused` …
    message: str
    resolution: str | None
    platform_code: int | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Notice):
    """The text of a message was changed by its author."""

    external_id: str
    text: str
    contact: ContactCard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Notice):
    """The author took a message back."""

    external_id: str
    contact: ContactCard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionChanged(Notice):
    """A reaction was put on a message or taken off it."""

    external_id: str  # Of the message that is reacted to.
    emoji: str  # Empty: the reaction was removed.
    contact: ContactCard
    by_business: bool = False  # It is the business's own; `contact` is whom the conversation is with.


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked(Notice):
    """The platform says that we may no longer act for this account."""

    reason: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionsChanged(Notice):
    """A person granted something, or took it back; which accounts live on it, only their grants tell."""

    user_id: str  # As our app at the platform sees the person.


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
    | DeliveryChanged
    | MessageEdited
    | MessageDeleted
    | ReactionChanged
    | AccessRevoked
    | AccountChanged
    | PermissionsChanged
    | Unrecognised
)
