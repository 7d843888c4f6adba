"""Whose token it is, and what it may see."""

import hashlib
import hmac

from backend.simulator import ids
from backend.simulator.clock import iso
from backend.simulator.graph.call import FACEBOOK, INSTAGRAM, Call
from backend.simulator.graph.errors import (
    GraphError,
    no_token,
    permission_missing,
    token_dead,
    token_expired,
    unreadable_token,
)
from backend.simulator.records import INSTAGRAM as INSTAGRAM_PLATFORM
from backend.simulator.records import (
    MESSENGER,
    BusinessAccount,
    Conversation,
    Customer,
    InstagramAccount,
    Message,
    Page,
    PhoneNumber,
    Record,
    Template,
    Token,
    User,
)
from backend.simulator.simulation import Simulation


def app_token(sim: Simulation) -> str:
    return f"{sim.config.app_id}|{sim.config.app_secret}"


def check_token(sim: Simulation, text: str, host: str = FACEBOOK) -> Token:
    """The token behind the text while it is good for calls; raises Meta's refusal otherwise."""
    if text == app_token(sim) and host == FACEBOOK:
        return Token(id=text, kind="APP")
    token = sim.world.tokens.get(text)
    if token is None or token.kind == "APP":
        raise unreadable_token()
    if (token.kind == "INSTAGRAM") != (host == INSTAGRAM):
        raise unreadable_token()  # Each host reads its own tokens; a good one of the other looks like rubbish.
    if token.revoked:
        raise token_dead(sim.config.app_id, token.reason or 458)
    if 0 < token.expires_at <= sim.clock.now():
        raise token_expired(iso(token.expires_at))
    if sim.faults.takes("expireTokens"):
        raise token_expired(iso(sim.clock.now()))
    return token


def authenticate(call: Call) -> Token:
    """The call's token, checked together with its proof."""
    if not call.access_token:
        raise no_token()
    check_proof(call)
    call.token = check_token(call.sim, call.access_token, call.host)
    return call.token


def check_proof(call: Call) -> None:
    proof = call.text("appsecret_proof")
    # Instagram's host knows no proof, and the app's own token holds the secret itself.
    if call.host == INSTAGRAM or call.access_token == app_token(call.sim):
        return
    if not proof:
        if call.sim.world.dashboard.requires_proof:
            raise GraphError("API calls from the server require an appsecret_proof argument", 100)
        return
    secret = call.sim.config.app_secret.encode()
    expected = hmac.new(secret, call.access_token.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), proof.encode()):
        raise GraphError("Invalid appsecret_proof provided in the API argument", 100)


def may_see(sim: Simulation, token: Token, node: Record) -> bool:
    """Whether the token reaches the thing at all."""
    if token.kind == "APP":
        return isinstance(node, User)
    if token.kind == "PAGE":
        return page_sees(sim, token, node)
    if token.kind == "INSTAGRAM":
        return account_of(node) in token.accounts
    if isinstance(node, Page) and token.user_id in node.left_by:
        return False
    if isinstance(node, User):
        return node.id == token.user_id
    if isinstance(node, PhoneNumber | Template):
        return node.business_account_id in token.accounts
    if isinstance(node, Customer | Message | Conversation):
        return False  # People and messages are seen with the account's own token.
    return node.id in token.accounts


def page_sees(sim: Simulation, token: Token, node: Record) -> bool:
    page = sim.world.pages[token.page_id]
    linked = sim.world.instagram_of(page)
    if isinstance(node, InstagramAccount):
        return node is linked and node.id in token.accounts
    return account_of(node) in {page.id, *([linked.id] if linked else [])}


def account_of(node: Record) -> str:
    """The Page or Instagram account that the thing is, or belongs to; empty for anything else."""
    if isinstance(node, Page | InstagramAccount):
        return node.id
    if isinstance(node, Conversation):
        return node.customer.account_id
    return node.account_id if isinstance(node, Customer | Message) else ""


def need_scope(token: Token, *scopes: str, code: int = 200) -> None:
    """Raise Meta's refusal unless the token holds all of these permissions."""
    for scope in scopes:
        if not token.holds(scope):
            raise permission_missing(scope, code=code)


MESSAGING_SCOPES = {
    ("PAGE", MESSENGER): "pages_messaging",
    ("PAGE", INSTAGRAM_PLATFORM): "instagram_manage_messages",
    ("INSTAGRAM", INSTAGRAM_PLATFORM): "instagram_business_manage_messages",
}


def messaging_scope(token: Token, platform: str) -> str:
    """The permission that this kind of token needs to read and write messages of the platform."""
    return MESSAGING_SCOPES[token.kind, platform]


def page_token(sim: Simulation, parent: Token, page: Page) -> Token:
    """The Page's token under this person's token: always the same, and endless under a long-lived one."""
    known = sim.world.page_tokens.get((parent.id, page.id))
    if known is not None:
        return known
    return sim.world.add_token(
        Token(
            id=ids.access_token(),
            kind="PAGE",
            user_id=parent.user_id,
            page_id=page.id,
            parent=parent.id,
            scopes=parent.scopes,
            accounts=parent.accounts,
            issued_at=sim.clock.now(),
            expires_at=0 if parent.long_lived else parent.expires_at,
            long_lived=parent.long_lived,
            standing=parent.standing,
            revoked_scopes=parent.revoked_scopes,
        )
    )


def business_of(account: BusinessAccount) -> str:
    """The portfolio that holds the business account; there is one per owner."""
    return f"9{account.user_id[1:15]}"
