"""What works for an account that came by Instagram Login. Nobody tells what its token is worth, so it is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, text_of
from backend.platforms.errors import CredentialRejected, Refused, Unavailable
from backend.platforms.instagram.info import BASIC, LOGIN_INFO, MESSAGES
from backend.platforms.instagram.profile import (
    NOT_PROFESSIONAL,
    SWITCH_OFF,
    is_permission_missing,
    is_personal,
    look_at_messages,
    read_profile,
)
from backend.platforms.meta.finding import newest_in
from backend.platforms.meta.graph import Graph, node
from backend.platforms.meta.health import RESUBSCRIBE
from backend.platforms.meta.together import all_of
from backend.platforms.port import Account, AccountHealth, App, Check, Grant

RECONNECT = CredentialRejected.default_resolution
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Heard(Generic[Found]):
    """What a question got: an answer, a refusal, or only that the platform could not answer this one."""

    answer: Found | None = None
    refusal: Refused | None = None
    away: Unavailable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything that was asked about one account."""

    profile: Heard[JSONObject]
    app_ids: Heard[set[str]]
    messages: Heard[JSON]

    def all(self) -> tuple[Heard[Any], ...]:
        return (self.profile, self.app_ids, self.messages)

    def refusals(self) -> list[Refused]:
        return [each.refusal for each in self.all() if each.refusal]


def inspect_account(graph: Graph, app: App, account: Account, grant: Grant) -> AccountHealth:
    """Every check of an account. Raises Unavailable only where Instagram answered nothing at all."""
    look = _look(graph, account)
    if all(heard.away for heard in look.all()):
        raise Unavailable(retry_after=look.profile.away.retry_after if look.profile.away else None)
    granted = _granted(look, grant)
    checks = [
        _check_token(look),
        _check_permissions(granted),
        _check_subscription(app, look),
        _check_reach(account, look),
        _check_messages(look),
    ]
    profile = look.profile.answer or {}
    name = text_of(profile.get("name")) or text_of(profile.get("username"))
    return AccountHealth(
        checks=tuple(checks),
        account_name=name or account.platform_account_name or account.name,
        token_valid=checks[0].ok,
        webhook_active=checks[2].ok,
        login_seen=True,
        expires_at=grant.expires_at,
        permissions=granted,
        newest_at=newest_in(look.messages.answer),
    )


def _look(graph: Graph, account: Account) -> Look:
    """The questions leave together: the look takes what the slowest of them takes."""
    questions: list[Callable[[], Heard[Any]]] = [
        partial(_ask, partial(read_profile, graph, account.token)),
        partial(_ask, partial(subscribed_app_ids, graph, account)),
        partial(_ask, partial(look_at_messages, graph, account.token)),
    ]
    profile, app_ids, messages = all_of(questions)
    return Look(profile=profile, app_ids=app_ids, messages=messages)


def subscribed_app_ids(graph: Graph, account: Account) -> set[str]:
    """The apps that get the account's webhooks."""
    rows = graph.get_all(f"{node(account.account_id)}/subscribed_apps", token=account.token)
    return {id_of(row.get("id")) for row in rows}


def _ask(question: Callable[[], Found]) -> Heard[Found]:
    try:
        return Heard(question())
    except Refused as error:
        return Heard(refusal=error)
    except Unavailable as error:
        return Heard(away=error)


def _granted(look: Look, grant: Grant) -> tuple[str, ...]:
    """The permissions, as the answers prove them; what was noted before holds where they prove nothing."""
    proofs: dict[str, Heard[Any]] = {BASIC: look.profile, MESSAGES: look.messages}
    proven = [name for name, heard in proofs.items() if heard.answer is not None]
    refuted = {
        name for name, heard in proofs.items() if heard.refusal and is_permission_missing(heard.refusal)
    }
    return tuple(dict.fromkeys(name for name in (*grant.permissions, *proven) if name not in refuted))


def _check(code: str, well: str, error: Refused | Unavailable | None) -> Check:
    if error is None:
        return Check(code=code, ok=True, message=well)
    seen = not isinstance(error, Unavailable)
    return Check(code=code, ok=False, message=error.message, resolution=error.resolution, seen=seen)


def _check_token(look: Look) -> Check:
    rejected = next((each for each in look.refusals() if isinstance(each, CredentialRejected)), None)
    return _check("token_valid", "Instagram accepts the token of this account.", rejected)


def _check_permissions(granted: Iterable[str]) -> Check:
    missing = [name for name in LOGIN_INFO.required_permissions if name not in granted]
    if not missing:
        return Check(
            code="permissions_granted", ok=True, message="Every permission that is needed is granted."
        )
    return Check(
        code="permissions_granted",
        ok=False,
        message=f"Permissions are missing: {', '.join(missing)}.",
        resolution="Connect the account again and allow every permission that is asked for.",
    )


def _check_subscription(app: App, look: Look) -> Check:
    check = partial(_check, "webhook_subscribed", "New messages of this account are sent to this service.")
    # Meta does not say which of the app's two ids stands there.
    failed = look.app_ids.refusal or look.app_ids.away
    if failed or {app.app_id, app.meta_app_id} & (look.app_ids.answer or set()):
        return check(failed)
    return check(
        Refused("New messages of this account are not sent to this service.", resolution=RESUBSCRIBE)
    )


def _check_reach(account: Account, look: Look) -> Check:
    check = partial(_check, "account_reachable", "The account can be read at Instagram.")
    profile = look.profile.answer or {}
    if failed := look.profile.refusal or look.profile.away:
        return check(failed)
    if is_personal(profile):
        return check(Refused("The account is a personal one now.", resolution=NOT_PROFESSIONAL))
    if id_of(profile.get("user_id")) not in ("", account.account_id):
        return check(Refused("The token is one of another account.", resolution=RECONNECT))
    return check(None)


def _check_messages(look: Look) -> Check:
    """The owner's switch is told from all else."""
    refusal = look.messages.refusal
    code = "message_access" if refusal and refusal.words.subcode == SWITCH_OFF else "messages_readable"
    return _check(code, "The account's messages can be read.", refusal or look.messages.away)
