"""Tokens that the control door shows: good ones for everybody, without a login."""

from backend.simulator import ids
from backend.simulator.graph.access import page_token
from backend.simulator.permissions import INSTAGRAM_PERMISSIONS, PERMISSIONS, reachable
from backend.simulator.records import BusinessAccount, InstagramAccount, Page, Token, User
from backend.simulator.simulation import Simulation


class StandingTokens:
    """A good token for each person and account; one that was revoked is replaced by a new one."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        good = [token for token in sim.world.tokens if token.standing and not token.revoked]
        self.known = {
            (token.kind, token.user_id, token.accounts[0] if token.accounts else ""): token for token in good
        }

    def of_user(self, user: User) -> Token:
        return self.token("USER", user.id, reachable(self.sim.world, user.id), list(PERMISSIONS))

    def of_page(self, page: Page) -> Token:
        return page_token(self.sim, self.of_user(self.sim.world.users[page.user_id]), page)

    def of_instagram(self, account: InstagramAccount) -> Token:
        return self.token("INSTAGRAM", account.user_id, [account.id], list(INSTAGRAM_PERMISSIONS))

    def of_business_account(self, account: BusinessAccount) -> Token:
        scopes = [scope for scope, kind in PERMISSIONS.items() if kind is BusinessAccount]
        return self.token("SYSTEM_USER", account.user_id, [account.id], scopes)

    def token(self, kind: str, user_id: str, accounts: list[str], scopes: list[str]) -> Token:
        place = (kind, user_id, accounts[0] if accounts else "")
        if place not in self.known:
            self.known[place] = self.sim.world.add_token(
                Token(
                    id=ids.instagram_token() if kind == "INSTAGRAM" else ids.access_token(),
                    kind=kind,
                    user_id=user_id,
                    scopes=scopes,
                    accounts=accounts,
                    issued_at=self.sim.clock.now(),
                    long_lived=True,
                    standing=True,
                )
            )
        return self.known[place]
