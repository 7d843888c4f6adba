"""What a person does when an app asks for access; the page and the control door decide by the same code."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from backend.simulator import ids
from backend.simulator.permissions import ALWAYS_GRANTED, PERMISSIONS, can_choose, reachable, with_companions
from backend.simulator.records import Code, User
from backend.simulator.simulation import Simulation

CODE_LIVES_FOR = 600
DENIED = {
    "error": "access_denied",
    "error_code": "200",
    "error_description": "Permissions error",
    "error_reason": "user_denied",
}


class DialogError(ValueError):
    """The dialog cannot be shown; the text is what Meta says instead."""


@dataclass(kw_only=True, frozen=True)
class Asked:
    """What the app asks for."""

    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...]
    asks_again: bool
    tells_scopes: bool = False
    all_or_none: bool = False  # By a login configuration: whoever unticks one permission gives none.


@dataclass(kw_only=True, frozen=True)
class Decision:
    """What the person answers."""

    user: User
    accounts: list[str]
    denied: frozenset[str] = frozenset()
    cancelled: bool = False


def read_request(sim: Simulation, query: str) -> Asked:
    """The app's request out of the dialog's query string; raises DialogError as Meta would refuse it."""
    params = dict(parse_qsl(query, keep_blank_values=True))
    if params.get("client_id", "") != sim.config.app_id:
        raise DialogError("Invalid App ID: The provided app ID does not look like a valid app ID.")
    redirect_uri = params.get("redirect_uri", "")
    if not is_redirect_uri(sim, redirect_uri):
        raise DialogError(
            "URL blocked: This redirect failed because the redirect URI is not white-listed in the app's "
            "client OAuth settings. Make sure that the client and web OAuth logins are on and add all your "
            "app domains as valid OAuth redirect URIs. "
            f"(Given: {redirect_uri or 'nothing'})"
        )
    if params.get("response_type", "code") != "code":
        raise DialogError("This simulator knows response_type=code only.")
    return Asked(
        redirect_uri=redirect_uri,
        state=params.get("state"),
        scopes=asked_scopes(sim, params),
        asks_again=params.get("auth_type") == "rerequest",
        tells_scopes=params.get("return_scopes") == "true",
        all_or_none=bool(params.get("config_id")),
    )


def is_redirect_uri(sim: Simulation, url: str) -> bool:
    """Whether the app's list of valid addresses holds this one, to the letter."""
    return url in sim.config.redirect_uris or url in sim.world.dashboard.redirect_uris


def asked_scopes(sim: Simulation, params: dict[str, str]) -> tuple[str, ...]:
    """The permissions asked for, by name or by a login configuration, which wins."""
    if config_id := params.get("config_id"):
        return tuple(dict.fromkeys((ALWAYS_GRANTED, *configured_scopes(sim, config_id))))
    named = params.get("scope", "").replace(",", " ").split()
    unknown = [scope for scope in named if scope not in PERMISSIONS]
    if unknown:
        raise DialogError(
            f"Invalid Scopes: {', '.join(unknown)}. This message is only shown to developers. Users of your "
            "app will ignore these permissions if present. Please read the documentation for valid ones."
        )
    return tuple(dict.fromkeys((ALWAYS_GRANTED, *named)))


def configured_scopes(sim: Simulation, config_id: str) -> list[str]:
    """What the configuration asks for; where the dashboard has none, any id stands for every permission."""
    configurations = sim.world.dashboard.configurations
    if configurations and config_id not in configurations:
        raise DialogError("Invalid configuration: The app has no login configuration with this id.")
    return configurations.get(config_id, list(PERMISSIONS))


def decide(sim: Simulation, asked: Asked, decision: Decision) -> str:
    """The address to which the person's browser goes next."""
    if decision.cancelled:
        return redirect_url(asked, DENIED)
    user = decision.user
    declined = declined_scopes(asked, decision)
    granted = [scope for scope in asked.scopes if scope not in declined]
    if asked.asks_again:  # What the person gave the app before is still given.
        granted = list(dict.fromkeys((*granted, *(one for one in user.granted if one not in declined))))
    user.granted = granted
    user.data_access_ends_at = 0  # Whoever comes back is there again.
    user.declined = sorted((set(user.declined) - set(granted)) | set(declined))
    sim.world.users.put(user)
    code = Code(
        id=ids.code(),
        user_id=user.id,
        redirect_uri=asked.redirect_uri,
        scopes=granted,
        declined=declined,
        accounts=with_companions(sim.world, decision.accounts),
        expires_at=sim.clock.now() + CODE_LIVES_FOR,
    )
    sim.world.codes.put(code)
    told = {"granted_scopes": ",".join(granted), "denied_scopes": ",".join(declined)}
    return redirect_url(asked, {"code": code.id, **(told if asked.tells_scopes else {})})


def declined_scopes(asked: Asked, decision: Decision) -> list[str]:
    """What is not granted: unticked now, or once declined and not asked for again."""
    if asked.all_or_none:
        unticked = decision.denied & set(asked.scopes)
        return [scope for scope in asked.scopes if scope != ALWAYS_GRANTED] if unticked else []
    before = frozenset() if asked.asks_again else frozenset(decision.user.declined)
    return [scope for scope in asked.scopes if scope in decision.denied | before and scope != ALWAYS_GRANTED]


def redirect_url(asked: Asked, answer: dict[str, str]) -> str:
    state = {} if asked.state is None else {"state": asked.state}
    mark = "&" if urlsplit(asked.redirect_uri).query else "?"
    return f"{asked.redirect_uri}{mark}{urlencode({**answer, **state})}#_=_"


def choose_user(sim: Simulation, accounts: list[str]) -> User:
    """The person who owns the accounts, else the first one; raises DialogError for several owners."""
    owners: dict[str, User] = {}
    for key in accounts:
        owner = sim.world.owner_of(key)
        if owner is None:
            raise DialogError(f"there is no account with id {key}")
        owners[owner.id] = owner
    if len(owners) > 1:
        raise DialogError("these accounts belong to several people; a dialog is answered by one")
    return next(iter(owners.values()), None) or next(iter(sim.world.users))


def chosen_accounts(sim: Simulation, user: User, accounts: list[str] | None) -> list[str]:
    """The accounts given, checked to be the person's own; None means all of them."""
    if accounts is None:
        return reachable(sim.world, user.id)
    for key in accounts:
        owner = sim.world.owner_of(key)
        if owner is None or owner.id != user.id:
            raise DialogError(f"{user.name} has no account with id {key}")
        node = sim.world.node(key)
        if node is not None and not can_choose(sim.world, user.id, node):
            raise DialogError(
                f"{user.name} cannot give access to {key} here: there is no Page, or no role on it"
            )
    return accounts
