"""Tokens of Instagram Login: for a code one of an hour, for that one of sixty days, renewed as long as it lives.

Two of the calls stand beside the versions of the API, and the code goes to a host of its own; nothing here tells what
a token is worth, so it is asked for what it opens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from backend.lib.clock import now
from backend.lib.json_types import JSON
from backend.lib.reading import id_of, list_of, number_of, text_of
from backend.lib.secret import Secret
from backend.platforms.errors import Incomprehensible
from backend.platforms.instagram.info import RENEWED_FOR
from backend.platforms.instagram.profile import permissions_behind, read_profile, unwrapped
from backend.platforms.meta.graph import Graph
from backend.platforms.port import App, Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A token as one of the hosts gives it out."""

    token: Secret
    lives_for: timedelta
    user_id: str
    permissions: tuple[str, ...]  # Empty where the host does not tell.


def authorize_url(
    app: App, scopes: Iterable[str], *, state: str, redirect_uri: str, rerequest: bool = False
) -> str:
    """The address of Instagram's page. `rerequest` lets the person log in anew, perhaps as another account."""
    query = {
        "client_id": app.app_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": ",".join(scopes),
        "state": state,
    }
    if rerequest:
        query["force_reauth"] = "true"
    return f"{app.dialog_url.rstrip('/')}/oauth/authorize?{urlencode(query)}"


def exchange_code(graph: Graph, app: App, scopes: Iterable[str], *, code: str, redirect_uri: str) -> Grant:
    """The grant of sixty days behind a code."""
    short = _spend(graph, app, code, redirect_uri)
    long = _lengthen(graph, app, short.token)
    permissions = short.permissions or permissions_behind(graph, long.token)
    profile = read_profile(graph, long.token)
    return Grant(
        token=long.token,
        expires_at=now() + long.lives_for,
        permissions=permissions,
        declined=tuple(scope for scope in scopes if scope not in permissions),
        # What the login calls the account; Meta's own pages differ about whether the first answer says it.
        user_id=id_of(profile.get("id")) or short.user_id,
        user_name=text_of(profile.get("username")),
    )


def renew(graph: Graph, app: App, grant: Grant) -> Grant:
    """The grant with sixty more days."""
    wanted = {"grant_type": "ig_refresh_token"}
    answer = graph.get(_beside_versions(app, "refresh_access_token"), token=grant.token, params=wanted)
    fresh = read_token(answer)
    return replace(
        grant,
        token=fresh.token,
        expires_at=now() + fresh.lives_for,
        permissions=fresh.permissions or grant.permissions,
    )


def read_token(answer: JSON) -> Fresh:
    """The token in an answer: flat, or the only row of a list; permissions as a list, as a text, or not at all."""
    row = unwrapped(answer)
    token = text_of(row.get("access_token"))
    if not token:
        raise Incomprehensible("Instagram answered the login without a token.")
    seconds, given = number_of(row.get("expires_in")), row.get("permissions")
    names = given.split(",") if isinstance(given, str) else map(text_of, list_of(given))
    return Fresh(
        token=Secret(token),
        lives_for=timedelta(seconds=seconds) if seconds else RENEWED_FOR,
        user_id=id_of(row.get("user_id")),
        permissions=tuple(filter(None, (name.strip() for name in names))),
    )


def _spend(graph: Graph, app: App, code: str, redirect_uri: str) -> Fresh:
    form = {
        "client_id": app.app_id,
        "client_secret": app.app_secret.reveal(),
        "grant_type": "authorization_code",
        "redirect_uri": redirect_uri,
        "code": code,
    }
    address = f"{app.token_url.rstrip('/')}/oauth/access_token"
    return read_token(graph.post(address, token=None, form=form, repeatable=True))


def _lengthen(graph: Graph, app: App, short: Secret) -> Fresh:
    # Instagram takes the secret as a parameter of a GET only; it is cut out of every log line of ours.
    wanted = {"grant_type": "ig_exchange_token", "client_secret": app.app_secret.reveal()}
    return read_token(graph.get(_beside_versions(app, "access_token"), token=short, params=wanted))


def _beside_versions(app: App, path: str) -> str:
    return f"{app.graph_url.rstrip('/')}/{path}"
