"""
Who lets us in, into what, and what it shows us there.

Plain data. Times are aware UTC datetimes; ids of the platform are strings, however the platform wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from backend.lib.secret import Secret
from backend.platforms.kinds import Withheld
from backend.platforms.notices import AttachmentType


class Login(StrEnum):
    """Where a person logs in to let us in. Each has its own hosts, app and tokens, which the other does not read."""

    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"  # Instagram's own, which needs no Facebook Page.


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
    webhook_url: str = ""  # The address of ours for this account alone.
    metadata: dict[str, str] = field(default_factory=dict)
    reason: str | None = None  # Why it cannot be chosen; None: it can.
    connected_here: bool = False  # It is the one that is connected now; choosing it renews the access.
    login: Login = Login.FACEBOOK  # Whose token it is.
    app_scoped_id: str = ""  # Instagram Login: a second id of the account, by which webhooks may name it too.


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at on the platform."""

    code: str  # `token_valid`, `permissions_granted`, `webhook_subscribed`, `account_reachable`
    ok: bool
    message: str
    resolution: str | None = None
    seen: bool = True  # False: the platform could not answer just now, which says nothing about the account.


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHealth:
    """What the platform says about an account right now; nothing was changed there."""

    checks: tuple[Check, ...]
    account_name: str = ""
    token_valid: bool = False
    webhook_active: bool = False
    login_seen: bool = False  # Whether the platform told of it; only then the three below say something.
    expires_at: datetime | None = None
    data_access_ends_at: datetime | None = None  # When the platform stops to show the person's data.
    permissions: tuple[str, ...] = ()
    newest_at: datetime | None = None  # When somebody last wrote there; None: the platform does not tell.


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the platform shows of a contact right now; where it shows nothing, why."""

    name: str = ""
    username: str = ""
    picture_url: str = ""  # Good for some days.
    withheld: Withheld | None = None
    message: str = ""  # The platform's words for that.


# ---- files -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """Which file of which message is meant."""

    message_id: str  # The platform's.
    media_id: str
    type: AttachmentType
    position: int  # Among the files of the message.


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLink:
    """Where a file is just now, and what the platform says of it."""

    url: str
    wants_token: bool = False
    sha256: str = ""  # Hex or base64; empty where it is not told.
    size: int | None = None
