"""Instagram Login: one account logs in as itself, no Page and no Facebook person is asked."""

from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from backend.simulator import ids
from backend.simulator.dialog import DialogError, is_redirect_uri
from backend.simulator.permissions import INSTAGRAM_PERMISSIONS
from backend.simulator.records import Code, InstagramAccount
from backend.simulator.simulation import Simulation

CODE_LIVES_FOR = 3_600
BASIC = INSTAGRAM_PERMISSIONS[0]
DENIED = {
    "error": "access_denied",
    "error_reason": "user_denied",
    "error_description": "The user denied your request",
}
EXPLAINED = dict(
    zip(
        INSTAGRAM_PERMISSIONS,
        (
            "See your profile and posts",
            "Read and answer your messages",
            "Read and answer comments",
            "Publish posts",
        ),
        strict=True,
    )
)


@dataclass(kw_only=True, frozen=True)
class InstagramAsked:
    """What the app asks an Instagram account for."""

    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...]


def read_instagram_request(sim: Simulation, query: str) -> InstagramAsked:
    """The app's request out of the query string; raises DialogError as Instagram would refuse it."""
    params = dict(parse_qsl(query, keep_blank_values=True))
    if params.get("client_id", "") != sim.config.instagram_app_id:
        raise DialogError("Invalid platform app: client_id is not the id of the Instagram app.")
    redirect_uri = params.get("redirect_uri", "")
    if not is_redirect_uri(sim, redirect_uri):
        raise DialogError(f"Invalid redirect_uri (given: {redirect_uri or 'nothing'}).")
    if params.get("response_type") != "code":
        raise DialogError("Invalid response_type: it must be code.")
    scopes = tuple(dict.fromkeys(params.get("scope", "").replace(",", " ").split()))
    unknown = [scope for scope in scopes if scope not in INSTAGRAM_PERMISSIONS]
    if unknown or BASIC not in scopes:
        raise DialogError(f"Invalid scope: {', '.join(unknown) or f'{BASIC} is missing'}.")
    return InstagramAsked(redirect_uri=redirect_uri, state=params.get("state"), scopes=scopes)


def decide_instagram(
    sim: Simulation, asked: InstagramAsked, account: InstagramAccount, denied: frozenset[str] | None
) -> str:
    """The address to which the browser goes next; no permissions to deny means the person cancels."""
    if denied is None:
        return redirect_url(asked, DENIED)
    if not account.is_professional:
        raise DialogError(f"@{account.username} is not a professional account; switch it to one first.")
    granted = [scope for scope in asked.scopes if scope not in denied or scope == BASIC]
    code = Code(
        id=ids.code(),
        kind="INSTAGRAM",
        user_id=account.user_id,
        redirect_uri=asked.redirect_uri,
        scopes=granted,
        declined=[scope for scope in asked.scopes if scope not in granted],
        accounts=[account.id],
        expires_at=sim.clock.now() + CODE_LIVES_FOR,
    )
    sim.world.codes.put(code)
    return redirect_url(asked, {"code": code.id})


def redirect_url(asked: InstagramAsked, answer: dict[str, str]) -> str:
    state = {} if asked.state is None else {"state": asked.state}
    mark = "&" if urlsplit(asked.redirect_uri).query else "?"
    return f"{asked.redirect_uri}{mark}{urlencode({**answer, **state})}#_"


def choose_instagram(sim: Simulation, user_id: str, accounts: list[str]) -> InstagramAccount:
    """The account named by either of its ids, else the person's first one; raises DialogError."""
    if not accounts:
        own = [one for one in sim.world.instagrams if one.user_id == user_id]
        if not own:
            raise DialogError("this person has no Instagram account")
        return own[0]
    found = next((one for one in sim.world.instagrams if accounts[0] in (one.id, one.scoped_id)), None)
    if found is None or len(accounts) > 1:
        raise DialogError("accounts names one Instagram account; GET /sim/world lists them")
    return found


# What the page shows


def account_options(sim: Simulation) -> str:
    rows = ((one.id, f"@{one.username} · {one.name}") for one in sim.world.instagrams)
    return "".join(f'<option value="{key}">{escape(name)}</option>' for key, name in rows)


def permission_boxes(asked: InstagramAsked) -> str:
    return "".join(
        f'<label class="row"><input type="checkbox" name="scope" value="{scope}" checked'
        f"{' disabled' if scope == BASIC else ''}><span><b>{EXPLAINED[scope]}</b><small>{scope}</small></span></label>"
        for scope in asked.scopes
    )
