import hashlib
from dataclasses import dataclass, field
from typing import Any

MESSENGER = "MESSENGER"
INSTAGRAM = "INSTAGRAM"
WHATSAPP = "WHATSAPP"
PLATFORMS = (INSTAGRAM, MESSENGER, WHATSAPP)


@dataclass(kw_only=True)
class Record:
    id: str

    @property
    def key(self) -> str:
        return self.id


@dataclass(kw_only=True)
class App(Record):
    """The app whose calls and webhooks these are."""


@dataclass(kw_only=True)
class Dashboard(Record):
    """What the app's owner set on the app's own pages at Meta; there is one, and its `id` is its place."""

    redirect_uris: list[str] = field(default_factory=list)  # Besides those of the installation.
    development: bool = False
    testers: list[str] = field(default_factory=list)  # Customers with a role on the app.
    instagram_answer: str = "flat"  # flat, wrapped or bare: the shape of a fresh token.
    instagram_signer: str = "instagram"
    requires_proof: bool = False
    # Id of a login configuration -> the permissions that it asks for.
    configurations: dict[str, list[str]] = field(default_factory=dict)
    # Webhook object -> what its owner set by hand of its `callbackUrl`, `fields` and `active`.
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    standard_access: list[str] = field(default_factory=list)  # Permissions without Advanced Access.


@dataclass(kw_only=True)
class User(Record):
    """A person with a Facebook login who owns accounts."""

    name: str
    owner: str = ""  # The key by which a business finds "its" person again.
    declined: list[str] = field(default_factory=list)  # Not asked again without auth_type=rerequest.
    granted: list[str] = field(default_factory=list)  # In the last dialog, to which a rerequest adds.
    data_access_ends_at: float = 0  # 0: as long after each login as usual.


@dataclass(kw_only=True)
class Page(Record):
    user_id: str
    name: str
    category: str
    tasks: list[str]
    instagram_id: str = ""
    unlinked: bool = False  # Instagram was taken off the Page; the account is still remembered.
    left_by: list[str] = field(default_factory=list)  # People whose role on the Page was taken away.
    subscribed_fields: list[str] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)  # What Messenger shows before the first word.
    connected: dict[str, int] = field(
        default_factory=dict
    )  # Platform -> when it was last connected, as a count.


@dataclass(kw_only=True)
class InstagramAccount(Record):
    user_id: str
    page_id: str  # Empty: no Page, reached by Instagram Login only.
    username: str
    name: str
    account_type: str = "BUSINESS"
    allows_messages: bool = True  # The switch "Allow access to messages" in the app on the phone.
    subscribed_fields: list[str] = field(default_factory=list)  # By Instagram Login.
    connected: int = 0  # When it was last subscribed by Instagram Login, as a count.

    @property
    def is_professional(self) -> bool:
        return self.account_type != "PERSONAL"

    @property
    def scoped_id(self) -> str:
        """The id under which the app knows the account's login; webhooks speak of the other one."""
        return str(10**16 + int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % (9 * 10**16))


@dataclass(kw_only=True)
class BusinessAccount(Record):
    """A WhatsApp business account (WABA)."""

    user_id: str
    name: str
    subscribed: bool = False
    override_url: str = ""
    connected: int = 0


@dataclass(kw_only=True)
class PhoneNumber(Record):
    business_account_id: str
    display: str
    name: str
    override_url: str = ""
    pin: str = ""
    touched: int = 0  # When somebody last set this very number up, as a count.
    status: str = "CONNECTED"
    quality: str = "GREEN"
    name_status: str = "APPROVED"
    throughput: str = "STANDARD"
    limit: str = "TIER_250"
    on_phone: bool = False  # Coexistence: the number is still used in the WhatsApp Business app.
    onboarded_at: float = 0
    shares_history: bool = True
    synced: list[str] = field(default_factory=list)  # What was asked of the phone, once each.
    registrations: list[float] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)

    @property
    def digits(self) -> str:
        return "".join(filter(str.isdigit, self.display))


@dataclass(kw_only=True)
class Customer(Record):
    """A person as one account sees them; `id` is the PSID, the IGSID or the digits of the phone."""

    platform: str
    account_id: str
    name: str
    username: str = ""
    user_id: str = ""  # The business-scoped id of WhatsApp.
    wrote_at: float = 0  # Opens the reply window.
    seen_at: int = 0  # Up to when the business has read, in milliseconds.
    stopped_marketing: bool = False  # WhatsApp: wants no marketing of this business.
    phone: str = ""  # WhatsApp: the number of now, once it is another one than the id.
    hides_phone: bool = False  # WhatsApp: a username is shown in place of the number.
    withheld: str = ""  # Why Meta shows the profile to nobody; a word of `graph.withheld`.

    @property
    def number(self) -> str:
        return self.phone or self.id

    @property
    def key(self) -> str:
        return f"{self.account_id}/{self.id}"


@dataclass(kw_only=True)
class Token(Record):
    """An access token; `id` is its text."""

    kind: str  # USER, PAGE, SYSTEM_USER, INSTAGRAM or APP.
    user_id: str = ""
    page_id: str = ""
    parent: str = ""
    scopes: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    issued_at: float = 0
    expires_at: float = 0  # 0: never.
    long_lived: bool = False
    standing: bool = False  # Shown by the control door; nobody logged in for it.
    revoked: bool = False
    reason: int = 0  # The subcode that says why it is dead; 0: the app was removed.
    revoked_scopes: list[str] = field(default_factory=list)

    def holds(self, scope: str) -> bool:
        return scope in self.scopes and scope not in self.revoked_scopes


@dataclass(kw_only=True)
class Code(Record):
    """An authorization code; `id` is its text."""

    user_id: str
    redirect_uri: str
    scopes: list[str]
    declined: list[str]
    accounts: list[str]
    expires_at: float
    kind: str = "USER"
    used: bool = False
    lives_for: int = 0  # How long a business's token lives; 0: for ever.


@dataclass(kw_only=True)
class Template(Record):
    """A message template of a WhatsApp business account."""

    business_account_id: str
    name: str
    language: str
    category: str
    status: str
    components: list[dict[str, Any]]
    parameter_format: str = "POSITIONAL"
    reason: str = "NONE"
    quality: str = "UNKNOWN"
    rated_at: float = 0


@dataclass(kw_only=True)
class Conversation(Record):
    """What an account and one person said, as the Graph API shows it; never stored, found by its id."""

    customer: Customer


@dataclass(kw_only=True)
class Message(Record):
    """Something one side did towards the other: a message, or a signal such as typing."""

    platform: str
    account_id: str
    customer_id: str
    inbound: bool
    kind: str
    at: int  # Milliseconds.
    text: str = ""
    status: str = ""
    target: str = ""  # The message that a reaction, an edit or a receipt is about.
    detail: dict[str, Any] = field(default_factory=dict)
    reactions: dict[str, str] = field(default_factory=dict)

    @property
    def is_signal(self) -> bool:
        return self.kind in SIGNALS


SIGNALS = frozenset({"typing_on", "typing_off", "read", "delivered", "reaction", "unreact", "edit", "unsend"})


@dataclass(kw_only=True)
class AppSubscription(Record):
    """The app's callback for one webhook object; `id` is the object."""

    callback_url: str
    fields: list[str]
    active: bool = True


@dataclass(kw_only=True)
class Delivery(Record):
    """One POST of a webhook, repeated until it is answered with 200."""

    url: str
    object: str
    account_id: str
    lane: str
    entries: list[dict[str, Any]]
    at: float
    signer: str = ""  # Whose secret signs: "instagram", else the app's own.
    raw: str = ""  # A body given word for word.
    state: str = "pending"  # pending, delivered, dropped.
    status: int = 0  # What the last attempt was answered with; 0: nothing.
    error: str = ""
    attempts: int = 0
    duplicates: int = 0
    finished_at: float = 0
