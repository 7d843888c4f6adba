"""Where Meta sends the webhooks of the whole app: one address and one set of fields for each kind of account."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from backend.lib.json_types import JSONObject
from backend.lib.reading import objects_in, text_of
from backend.lib.secret import Secret
from backend.platforms.meta.finding import Finding, well, wrong
from backend.platforms.meta.graph import Graph, node
from backend.platforms.port import Account, App, Check

# Without these something of a conversation never arrives. Read in the references of the webhooks on 2026-11-22.
NEEDED_FIELDS: dict[str, tuple[str, ...]] = {
    # Meta's word for the kind of account -> the fields of the app
    "page": (
        "messages",
        "message_echoes",
        "message_deliveries",
        "message_reads",
        "message_reactions",
        "message_edits",
        "messaging_postbacks",
        "messaging_referrals",
    ),
    "instagram": ("messages", "message_reactions", "messaging_postbacks", "messaging_seen"),
    "whatsapp_business_account": ("messages", "account_update"),
}
ON_THE_PHONE_FIELDS = ("smb_message_echoes",)  # What the business writes in the app on its phone.
ADDRESS, FIELDS = "app_webhook_address", "app_webhook_fields"
SET_ADDRESS = "Ask the operator of this service to set the address of the app's webhooks at Meta to its own."
TAKE_FIELDS = "Ask the operator of this service to subscribe the app's webhooks at Meta to these fields."


def app_token(app: App) -> Secret:
    """What the app itself calls with."""
    return Secret(f"{app.app_id}|{app.app_secret.reveal()}")


def look_at_app_webhook(graph: Graph, app: App, kind: str, account: Account) -> Finding:
    """Whether Meta sends this kind of account's webhooks to us, and all that are needed."""
    rows = graph.get_all(f"{node(app.app_id)}/subscriptions", token=app_token(app))
    row = next((each for each in rows if each.get("object") == kind), {})
    address = _check_address(row, app.webhook_url)
    needed = (*NEEDED_FIELDS[kind], *(ON_THE_PHONE_FIELDS if _is_on_the_phone(account) else ()))
    return Finding(checks=(address, *_check_fields(row, needed)))


def _is_on_the_phone(account: Account) -> bool:
    return account.metadata.get("onBusinessApp") == "true"


def _check_address(row: JSONObject, ours: str) -> Check:
    url = text_of(row.get("callback_url"))
    if not url:
        return wrong(ADDRESS, "The app has no webhook address for this kind of account at Meta.", SET_ADDRESS)
    if row.get("active") is False:
        return wrong(ADDRESS, "The app's webhooks are switched off at Meta.", SET_ADDRESS)
    # Which of our addresses it is does not matter: deliveries are routed by what they hold.
    if not url.startswith(ours.rpartition("/")[0]):
        return wrong(ADDRESS, f"The app's webhooks go to another address: {place_of(url)}.", SET_ADDRESS)
    return well(ADDRESS, "The app's webhooks come to this service.")


def place_of(url: str) -> str:
    """Host and path of an address; what stands in its query may be a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.hostname or ''}{parts.path}"


def _check_fields(row: JSONObject, needed: Iterable[str]) -> tuple[Check, ...]:
    """Nothing is said of the fields of a webhook that is not there at all."""
    if not row:
        return ()
    taken = {_plain(text_of(each.get("name"))) for each in objects_in(row.get("fields"))}
    taken |= {_plain(each) for each in row.get("fields") or () if isinstance(each, str)}
    missing = [name for name in needed if _plain(name) not in taken]
    if missing:
        said = f"The app's webhooks at Meta lack the fields: {', '.join(missing)}."
        return (wrong(FIELDS, said, TAKE_FIELDS),)
    return (well(FIELDS, "The app's webhooks hold every field that is needed."),)


def _plain(field: str) -> str:
    """Meta's own pages write some names with and without an s, and two ways of saying reactions."""
    return field.rstrip("s").replace("messaging_reaction", "message_reaction")
