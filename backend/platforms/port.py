"""
The words that every platform shares with the rest of the house.

Plain data and one Protocol: no clock, no settings, no database, no HTTP. Times are aware UTC datetimes; ids of
the platform are strings, however the platform wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from backend.lib.json_types import JSON, JSONObject
from backend.lib.secret import Secret


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
    SYSTEM = "SYSTEM"  # The platform speaks about the contact, for instance a changed number.
    TEMPLATE = "TEMPLATE"
    UNSUPPORTED = "UNSUPPORTED"  # The platform says that it does not pass this kind on.
    UNKNOWN = "UNKNOWN"  # A kind that we do not know yet; the payload holds what came.


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


# ---- receiving -------------------------------------------------------------------------------------------------


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

    account_id: str = ""  # Whose integration: Page, Instagram account or phone number. Empty: of the whole WABA.
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
    payload: JSONObject = field(default_factory=dict)  # The platform's own words for what `text` does not hold.
    referral: JSONObject | None = None
    standby: bool = False  # Another app answers this person; we only listen.


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked(Notice):
    """The platform says that we may no longer act for this account."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised(Notice):
    """Something that is kept and shown, but changes nothing: unknown, malformed, or not acted upon yet."""

    kind: str  # What sort of thing it is: `field`, `item`, `message`, `status`, `envelope` …
    word: str = ""  # The platform's word for it.
    detail: str = ""  # Why it could not be read, for a person.


AnyNotice = (
    MessageReceived
    | MessageEchoed
    | DeliveryChanged
    | MessageEdited
    | MessageDeleted
    | ReactionChanged
    | AccessRevoked
    | Unrecognised
)


# ---- connecting ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What OAuth gave us just now, unsaved."""

    token: Secret  # The long-lived user token (Facebook Login), or the business token (WhatsApp).
    expires_at: datetime | None  # None: it does not expire.
    permissions: tuple[str, ...]  # Granted ones.
    declined: tuple[str, ...] = ()  # Asked for and not granted.
    user_id: str = ""
    user_name: str = ""
    targets: dict[str, tuple[str, ...]] = field(default_factory=dict)  # Permission -> ids it is limited to.


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The thing on the platform: a Page, an Instagram professional account, a phone number.

    `account_id` is the id that webhooks route by and that the API calls `accountId`.
    """

    account_id: str
    name: str
    token: Secret  # What calls for this account are made with: Page token, or the grant's own.
    platform_account_id: str  # INSTAGRAM the account's id, MESSENGER the Page's id, WHATSAPP the WABA's id.
    platform_account_name: str = ""
    username: str = ""
    page_id: str = ""
    page_name: str = ""
    page_token: Secret | None = None
    business_account_id: str = ""
    picture_url: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    reason: str | None = None  # Why it cannot be chosen; None: it can.


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at on the platform."""

    code: str  # `token_valid`, `permissions_granted`, `webhook_subscribed`, `account_reachable`
    ok: bool
    message: str
    resolution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHealth:
    """What the platform says about an account right now; nothing was changed there."""

    checks: tuple[Check, ...]
    account_name: str = ""
    token_valid: bool = False
    webhook_active: bool = False
    expires_at: datetime | None = None
    permissions: tuple[str, ...] = ()


# ---- sending ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One message as the platform is to deliver it; already within the platform's limits."""

    to: ContactCard
    type: MessageType
    text: str
    correlation_id: str  # Ours; returned by platforms that can, in an echo or a status.
    reply_to_external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCall:
    """One request to the platform, composed and not yet sent: POST `path` with `body` as JSON."""

    path: str
    body: JSONObject


class SignalKind(StrEnum):
    """What we show the contact without writing."""

    READ = "READ"
    TYPING_ON = "TYPING_ON"
    TYPING_OFF = "TYPING_OFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A read receipt or a typing indicator for one contact."""

    kind: SignalKind
    to: ContactCard
    last_external_id: str = ""  # The contact's newest message; WhatsApp needs it.


class TextUnit(StrEnum):
    """What a platform counts when it limits a text."""

    CHARACTERS = "CHARACTERS"
    BYTES = "BYTES"  # Of UTF-8.


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a platform can do, as data, so that the API shows it and the frontend hides a button."""

    text_limit: int
    text_unit: TextUnit
    window_hours: int
    typing: bool
    read_receipts: bool
    reply_to: bool
    message_types: tuple[MessageType, ...]  # What can be sent.


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformInfo:
    """What the settings page shows of a platform before anything is connected."""

    platform: str  # INSTAGRAM
    slug: str  # instagram: the word in paths
    name: str  # Instagram
    description: str
    color: str  # #E4405F
    webhook_object: str  # The word in a delivery's `object`.
    requirements: tuple[str, ...]
    required_permissions: tuple[str, ...]  # What the contract names.
    scopes: tuple[str, ...]  # What the dialog asks for.
    features: tuple[str, ...]
    capabilities: Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Our app at Meta, and where Meta is; the simulator has other addresses and nothing else differs."""

    app_id: str
    app_secret: Secret
    graph_url: str  # https://graph.facebook.com
    dialog_url: str  # https://www.facebook.com
    version: str  # v25.0


class Adapter(Protocol):
    """One platform. Raises only errors of `platforms.errors`; returns only words of this file."""

    info: PlatformInfo

    def authorize_url(self, *, state: str, redirect_uri: str, rerequest: bool = False) -> str:
        """Where the browser goes to grant access."""

    def exchange_code(self, *, code: str, redirect_uri: str) -> Grant:
        """The long-lived grant behind a code of the dialog."""

    def list_accounts(self, grant: Grant) -> list[Account]:
        """Every account the grant can reach, unusable ones with their reason."""

    def subscribe(self, account: Account) -> None:
        """Let the platform send this account's webhooks to us. Safe to repeat."""

    def unsubscribe(self, account: Account) -> None:
        """Stop the webhooks of this account. Safe to repeat."""

    def renew(self, grant: Grant) -> Grant:
        """A grant with a later end; the same one where it does not expire."""

    def inspect(self, account: Account, grant: Grant) -> AccountHealth:
        """What works and what does not. Changes nothing on the platform."""

    def parse(self, payload: JSON) -> list[AnyNotice]:
        """Every fact of one webhook event, in the platform's order. Never raises."""

    def send(self, account: Account, message: OutboundMessage) -> str:
        """Deliver a message; the platform's id of it."""

    def signal(self, account: Account, signal: Signal) -> None:
        """Show a read receipt or a typing indicator."""
