"""
The words that every platform shares with the rest of the house.

Plain data and one Protocol: no clock, no settings, no database, no HTTP. Times are aware UTC datetimes; ids of
the platform are strings, however the platform wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from backend.lib.json_types import JSON
from backend.lib.secret import Secret
from backend.platforms.accounts import (
    Account,
    AccountHealth,
    Check,
    FileLink,
    Grant,
    Login,
    Profile,
    WantedFile,
)
from backend.platforms.kinds import AccountTopic, DeliveryStatus, Happening, MessageType, Withheld
from backend.platforms.notices import (
    AccessRevoked,
    AccountChanged,
    AnyNotice,
    Attachment,
    AttachmentType,
    ContactCard,
    ContactChanged,
    ContactListed,
    ConversationNoted,
    DeliveryChanged,
    DeliveryFailure,
    HistoryPage,
    HistoryTold,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    Notice,
    PermissionsChanged,
    ReactionChanged,
    Unrecognised,
)
from backend.platforms.outgoing import (
    MEDIA_TYPES,
    SEND_TYPES,
    Capabilities,
    GraphCall,
    InteractiveLimits,
    InteractiveType,
    MediaLimits,
    OutboundMedia,
    OutboundMessage,
    SendType,
    TextUnit,
    UploadFile,
)
from backend.platforms.pace import Allowance, Pacing

# What is said in webhooks, and what can be sent, have files of their own; this one is the face of all words.
__all__ = [
    "MEDIA_TYPES",
    "SEND_TYPES",
    "AccessRevoked",
    "Account",
    "AccountChanged",
    "AccountHealth",
    "AccountTopic",
    "Allowance",
    "AnyNotice",
    "Attachment",
    "AttachmentType",
    "Capabilities",
    "Check",
    "ContactCard",
    "ContactChanged",
    "ContactListed",
    "ConversationNoted",
    "DeliveryChanged",
    "DeliveryFailure",
    "DeliveryStatus",
    "FileLink",
    "Grant",
    "GraphCall",
    "Happening",
    "HistoryPage",
    "HistoryTold",
    "InteractiveLimits",
    "InteractiveType",
    "Login",
    "MediaLimits",
    "MessageDeleted",
    "MessageEchoed",
    "MessageEdited",
    "MessageReceived",
    "MessageType",
    "Notice",
    "OutboundMedia",
    "OutboundMessage",
    "Pacing",
    "PermissionsChanged",
    "Profile",
    "ReactionChanged",
    "SendType",
    "TextUnit",
    "Unrecognised",
    "UploadFile",
    "WantedFile",
    "Withheld",
]


# ---- sending ---------------------------------------------------------------------------------------------------


class SignalKind(StrEnum):
    """What we show the contact without writing."""

    READ = "READ"
    TYPING_ON = "TYPING_ON"
    TYPING_OFF = "TYPING_OFF"
    REACTION = "REACTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A read receipt, a typing indicator or a reaction for one contact."""

    kind: SignalKind
    to: ContactCard
    last_external_id: str = ""  # The contact's newest message; WhatsApp needs it.
    # Of a reaction:
    target_external_id: str = ""  # The message that is reacted to.
    emoji: str = ""  # Empty: it is taken off.
    correlation_id: str = ""  # Ours; returned by platforms that can, in a status.


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformInfo:
    """What the settings page shows of a platform before anything is connected."""

    platform: str  # INSTAGRAM
    slug: str  # instagram: the word in paths
    name: str  # Instagram
    description: str
    color: str  # #E4405F
    webhook_object: str  # The word in a delivery's `object`.
    bulk_fields: tuple[str, ...] = ()  # Those of its webhook by which a phone hands over what it has.
    login: Login = Login.FACEBOOK
    shows_profiles: bool = False  # It can be asked who a contact is.
    whole_seconds: bool = False  # Its times have no fractions; ours beside them must not have any either.
    requirements: tuple[str, ...]
    required_permissions: tuple[str, ...]  # What the contract names.
    scopes: tuple[str, ...]  # What the dialog asks for.
    features: tuple[str, ...]
    steps: tuple[str, ...] = ("verify_grant", "check_account", "subscribe")  # Of connecting, in their order.
    coexistence_steps: tuple[str, ...] = ()  # After these, where the account stays in an app on a phone.
    uploads_last: timedelta | None = None  # How long it keeps a file; None: it fetches files instead.
    # What reading old conversations back takes; empty: the platform has no way to ask for them.
    history_permissions: tuple[str, ...] = ()
    fresh_above: timedelta | None = None  # A token that has more left is too young to be renewed.
    capabilities: Capabilities
    pacing: Pacing


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Our app at Meta, and where Meta is; the simulator has other addresses and nothing else differs."""

    app_id: str
    app_secret: Secret
    graph_url: str  # https://graph.facebook.com
    dialog_url: str  # https://www.facebook.com
    version: str  # v25.0
    webhook_url: str = ""  # Ours, where the webhooks of the whole app have to go.
    # Platform -> the login configuration that its dialog asks by; one without asks by scope.
    config_ids: Mapping[str, str] = field(default_factory=dict, compare=False)
    login: Login = Login.FACEBOOK
    # Instagram Login is an app within the app, with an id and a secret of its own:
    token_url: str = ""  # The host that takes the code, https://api.instagram.com
    meta_app_id: str = ""  # The id of the app around it.


class Adapter(Protocol):
    """One platform. Raises only errors of `platforms.errors`; returns only words of this file."""

    info: PlatformInfo

    def authorize_url(self, *, state: str, redirect_uri: str, rerequest: tuple[str, ...] = ()) -> str:
        """Where the browser goes to grant access; `rerequest` asks for just these, though declined before."""

    def exchange_code(self, *, code: str, redirect_uri: str) -> Grant:
        """The long-lived grant behind a code of the dialog."""

    def list_accounts(self, grant: Grant) -> list[Account]:
        """Every account the grant can reach, unusable ones with their reason."""

    def subscribe(self, account: Account) -> None:
        """Let the platform send this account's webhooks to us. Safe to repeat."""

    def unsubscribe(self, account: Account, *, shared: bool = False) -> None:
        """Stop the webhooks of this account, save those that another connected account shares. Safe to repeat."""

    def renew(self, grant: Grant) -> Grant:
        """A grant with a later end; the same one where it does not expire."""

    def revoke(self, grant: Grant) -> None:
        """Give back the access that a person granted in the dialog. Safe to repeat."""

    def inspect(self, account: Account, grant: Grant) -> AccountHealth:
        """What works and what does not. Changes nothing on the platform."""

    def parse(self, payload: JSON) -> list[AnyNotice]:
        """Every fact of one webhook event, in the platform's order. Never raises."""

    def history(self, account: Account, *, cursor: str | None, size: int) -> HistoryPage:
        """So many of the account's conversations from the cursor on, with what can be read of them. One call."""

    def read_profile(self, account: Account, contact: ContactCard) -> Profile:
        """What the platform shows of the contact; refusals that are about the person are no errors."""

    def find_file(self, account: Account, wanted: WantedFile) -> FileLink:
        """A fresh link to a file that came with a message. Raises Refused where the platform has it no more."""

    def send(self, account: Account, message: OutboundMessage) -> str:
        """Deliver a message; the platform's id of it."""

    def upload(self, account: Account, file: UploadFile) -> str:
        """Hand in a file for later messages; the platform's id of it. Safe to repeat."""

    def allowance(self, account: Account) -> Allowance:
        """What the platform said of the account's allowance with its last answers; asks nothing."""

    def signal(self, account: Account, signal: Signal) -> None:
        """Show a read receipt, a typing indicator or a reaction."""
