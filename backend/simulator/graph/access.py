"""Whose token it is, and what it may see."""

import hashlib
import hmac

from backend.simulator import ids
from backend.simulator.clock import iso
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import (
    GraphError,
    no_token,
    permission_missing,
    token_expired,
    token_revoked,
    unreadable_token,
)
from backend.simulator.records import (
    BusinessAccount,
    Customer,
    InstagramAccount,
    Message,
    Page,
    PhoneNumber,
    Record,
    Token,
    User,
)
from backend.simulator.simulation import Simulation


def app_token(sim: Simulation) -> str:
    return f"{sim.config.app_id}|{sim.config.app_secret}"


def check_token(sim: Simulation, text: str) -> Token:
    """The token behind the text while it is good for calls; raises Meta's refusal otherwise."""
    if text == app_token(sim):
        return Token(id=text, kind="APP")
    token = sim.world.tokens.get(text)
    if token is None or token.kind == "APP":
        raise unreadable_token()
    if token.revoked:
        raise token_revoked(sim.config.app_id)
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
    call.token = check_token(call.sim, call.access_token)
    return call.token


def check_proof(call: Call) -> None:
    proof = call.text("appsecret_proof")
    if not proof:
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
    if isinstance(node, User):
        return node.id == token.user_id
    if isinstance(node, PhoneNumber):
        return node.business_account_id in token.accounts
    if isinstance(node, Customer | Message):
        return False  # People and messages are seen with the account's own token.
    return node.id in token.accounts


def page_sees(sim: Simulation, token: Token, node: Record) -> bool:
    page = sim.world.pages[token.page_id]
    if isinstance(node, Page):
        return node.id == page.id
    if isinstance(node, InstagramAccount):
        return node.id == page.instagram_id and node.id in token.accounts
    if isinstance(node, Customer | Message):
        return node.account_id in (page.id, page.instagram_id)
    return False


def need_scope(token: Token, *scopes: str, code: int = 200) -> None:
    """Raise Meta's refusal unless the token holds all of these permissions."""
    for scope in scopes:
        if not token.holds(scope):
            raise permission_missing(scope, code=code)


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
