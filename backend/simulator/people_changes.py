"""What people do on Meta's pages and in its apps that an app only notices later."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from backend.simulator.customer_changes import CUSTOMER_CHANGES
from backend.simulator.graph.oauth import revoke_tokens
from backend.simulator.people_requests import post_signed_request
from backend.simulator.permissions import INSTAGRAM_PERMISSIONS, PERMISSIONS
from backend.simulator.records import InstagramAccount, Page, Token, User
from backend.simulator.refused import Refused
from backend.simulator.seed import add_page
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

CHECKPOINT, NEW_PASSWORD, LOGGED_OUT, NO_ROLE = 459, 460, 467, 492
MOST_PAGES = 1_000


def user_of(sim: Simulation, params: Json) -> User:
    user = sim.world.users.get(str(params.get("userId") or ""))
    if user is None:
        raise Refused("userId is the id of a person; GET /sim/world lists them")
    return user


def page_of(sim: Simulation, params: Json) -> Page:
    page = sim.world.pages.get(str(params.get("pageId") or ""))
    if page is None:
        raise Refused("pageId is the id of a Page; GET /sim/world lists them")
    return page


def instagram_of(sim: Simulation, params: Json) -> InstagramAccount:
    account = sim.world.instagrams.get(str(params.get("instagramId") or ""))
    if account is None:
        raise Refused("instagramId is the id of an Instagram account; GET /sim/world lists them")
    return account


def tokens_of(sim: Simulation, user: User) -> list[Token]:
    """The tokens that hang on the person's login at Facebook."""
    return [one for one in sim.world.tokens if one.user_id == user.id and one.kind in ("USER", "PAGE")]


def tokens_by_itself(sim: Simulation, account: InstagramAccount) -> list[Token]:
    """The tokens of the account's own logins."""
    return [one for one in sim.world.tokens if one.kind == "INSTAGRAM" and account.id in one.accounts]


async def lose_role(sim: Simulation, params: Json) -> Json:
    """Somebody takes the person off the Page: their Page tokens die, and the Page is not listed any more."""
    page = page_of(sim, params)
    user = sim.world.users[page.user_id]
    page.left_by = [user.id]
    sim.world.pages.put(page)
    lost = [one for one in tokens_of(sim, user) if one.page_id == page.id]
    revoke_tokens(sim, lost, NO_ROLE)
    return {"tokens": len(lost)}


async def regain_role(sim: Simulation, params: Json) -> Json:
    """The person is put back; dead tokens stay dead."""
    page = page_of(sim, params)
    page.left_by = []
    sim.world.pages.put(page)
    return {}


async def end_sessions(sim: Simulation, params: Json, *, reason: int) -> Json:
    """Every token of the person, and of their Pages, dies for this reason."""
    found = tokens_of(sim, user_of(sim, params))
    revoke_tokens(sim, found, reason)
    return {"tokens": len(found)}


async def untick(sim: Simulation, params: Json) -> Json:
    """The person takes single permissions back, in the settings of their account."""
    by_itself = instagram_of(sim, params) if params.get("instagramId") else None
    known = INSTAGRAM_PERMISSIONS if by_itself else PERMISSIONS
    names = params.get("permissions")
    if not isinstance(names, list) or not names or any(name not in known for name in names):
        raise Refused(f"permissions is a list of some of {', '.join(known)}")
    found = tokens_by_itself(sim, by_itself) if by_itself else tokens_of(sim, user_of(sim, params))
    for token in found:
        token.revoked_scopes = sorted({*token.revoked_scopes, *names})
        sim.world.tokens.put(token)
    return {"tokens": len(found)}


async def remove_app(sim: Simulation, params: Json) -> Json:
    """The app's access is taken away, and the app is told with a signed request."""
    if params.get("instagramId"):
        account = instagram_of(sim, params)
        revoke_tokens(sim, tokens_by_itself(sim, account))
        account.subscribed_fields, account.connected = [], 0
        sim.world.instagrams.put(account)
        return await post_signed_request(sim, account.scoped_id, "deauthorize", instagram=True)
    user = user_of(sim, params)
    given = [one for one in sim.world.tokens if one.user_id == user.id and one.kind != "INSTAGRAM"]
    revoke_tokens(sim, given)
    return await post_signed_request(sim, user.id, "deauthorize")


async def request_deletion(sim: Simulation, params: Json) -> Json:
    """The person asks for the deletion of what the app knows about them."""
    if params.get("instagramId"):
        scoped = instagram_of(sim, params).scoped_id
        return await post_signed_request(sim, scoped, "data-deletion", instagram=True)
    return await post_signed_request(sim, user_of(sim, params).id, "data-deletion")


async def add_pages(sim: Simulation, params: Json) -> Json:
    """The person owns so many Pages more."""
    user, count = user_of(sim, params), params.get("count", 300)
    if not isinstance(count, int) or not 0 < count <= MOST_PAGES:
        raise Refused(f"count is a number from 1 to {MOST_PAGES}")
    before = sum(page.user_id == user.id for page in sim.world.pages)
    made = [
        add_page(sim.world, user, f"Branch {number:03}", category="Local business")
        for number in range(before + 1, before + count + 1)
    ]
    return {"pages": [page.id for page in made]}


async def set_link(sim: Simulation, params: Json, *, linked: bool) -> Json:
    """The Instagram account is taken off its Page, or put back."""
    page = page_of(sim, params)
    page.unlinked = not linked
    sim.world.pages.put(page)
    return {}


async def set_access(sim: Simulation, params: Json, *, allowed: bool) -> Json:
    """The switch "Allow access to messages" in the Instagram app."""
    account = instagram_of(sim, params)
    account.allows_messages = allowed
    sim.world.instagrams.put(account)
    return {}


async def stay_away(sim: Simulation, params: Json) -> Json:
    """The person has not used the app for long: in so many days their data are shown no more."""
    user, days = user_of(sim, params), params.get("days", 7)
    if not isinstance(days, int):
        raise Refused("days is a whole number; what is over already is negative")
    user.data_access_ends_at = sim.clock.now() + days * 86_400
    sim.world.users.put(user)
    return {"endsAt": int(user.data_access_ends_at)}


async def set_type(sim: Simulation, params: Json, *, account_type: str) -> Json:
    """The Instagram account becomes personal or professional."""
    account = instagram_of(sim, params)
    account.account_type = account_type
    sim.world.instagrams.put(account)
    return {}


@dataclass(frozen=True)
class Change:
    """Something that people do, and what it must be told."""

    make: Callable[[Simulation, Json], Awaitable[Json]]
    fields: tuple[str, ...]


CHANGES = {
    "loseRole": Change(lose_role, ("pageId",)),
    "regainRole": Change(regain_role, ("pageId",)),
    "changePassword": Change(partial(end_sessions, reason=NEW_PASSWORD), ("userId",)),
    "hitCheckpoint": Change(partial(end_sessions, reason=CHECKPOINT), ("userId",)),
    "logOut": Change(partial(end_sessions, reason=LOGGED_OUT), ("userId",)),
    "untickPermissions": Change(untick, ("userId", "permissions")),
    "removeApp": Change(remove_app, ("userId or instagramId",)),
    "requestDeletion": Change(request_deletion, ("userId or instagramId",)),
    "addPages": Change(add_pages, ("userId", "count")),
    "unlinkInstagram": Change(partial(set_link, linked=False), ("pageId",)),
    "linkInstagram": Change(partial(set_link, linked=True), ("pageId",)),
    "forbidMessageAccess": Change(partial(set_access, allowed=False), ("instagramId",)),
    "allowMessageAccess": Change(partial(set_access, allowed=True), ("instagramId",)),
    "stayAway": Change(stay_away, ("userId", "days")),
    "becomePersonal": Change(partial(set_type, account_type="PERSONAL"), ("instagramId",)),
    "becomeProfessional": Change(partial(set_type, account_type="BUSINESS"), ("instagramId",)),
    **{name: Change(*change) for name, change in CUSTOMER_CHANGES.items()},
}


async def change_people(sim: Simulation, params: Json) -> Json:
    """A person does something; what came of it."""
    name = str(params.get("change") or "")
    if name not in CHANGES:
        raise Refused(f"change is one of {', '.join(CHANGES)}")
    return {"change": name, **await CHANGES[name].make(sim, params)}


async def show_changes(sim: Simulation, params: Json) -> Json:
    """Everything that people can do, with the fields it takes."""
    return {"changes": {name: list(change.fields) for name, change in CHANGES.items()}}
