from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, list_of, moment_of, number_of, object_of, objects_in, text_of
from backend.lib.secret import MASK, Secret
from backend.platforms.errors import CredentialRejected, Incomprehensible, PlatformWords, Refused, Unavailable
from backend.platforms.meta.graph import Graph
from backend.platforms.meta.rules import rule_for
from backend.platforms.meta.together import all_of
from backend.platforms.port import App, Grant, PlatformInfo

SYSTEM_USER = "SYSTEM_USER"  # A business's own token; not a person's, and already as long-lived as it can be.


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """What Meta knows of a token."""

    is_valid: bool
    kind: str  # USER, PAGE, SYSTEM_USER
    app_id: str
    user_id: str
    expires_at: datetime | None
    data_access_ends_at: datetime | None  # After which Meta shows nothing new of the person.
    scopes: tuple[str, ...]
    targets: dict[str, tuple[str, ...]]
    words: PlatformWords  # Why it is not valid.


def authorize_url(
    app: App, info: PlatformInfo, *, state: str, redirect_uri: str, rerequest: tuple[str, ...] = ()
) -> str:
    """The address of Meta's dialog. `rerequest` asks for just these, though they were declined before."""
    query = {
        "client_id": app.app_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
        **_wanted(app.config_ids.get(info.platform, ""), rerequest or info.scopes),
    }
    if rerequest:
        query["auth_type"] = "rerequest"
    return f"{app.dialog_url.rstrip('/')}/{app.version}/dialog/oauth?{urlencode(query)}"


def _wanted(config_id: str, scopes: Iterable[str]) -> dict[str, str]:
    """What is asked for: by a login configuration, which names all permissions or none, else one by one."""
    if not config_id:
        return {"scope": ",".join(scopes)}
    # A configuration may prefer another kind of answer than a code.
    return {"config_id": config_id, "override_default_response_type": "true"}


def exchange_code(graph: Graph, app: App, *, code: str, redirect_uri: str) -> Grant:
    """The long-lived grant behind a code; without `redirect_uri` the code of a browser's popup."""
    wanted = {"code": code} | ({"redirect_uri": redirect_uri} if redirect_uri else {})
    token = _fetch_token(graph, app, wanted)
    info = debug(graph, app, token)
    if info.expires_at is not None and info.kind != SYSTEM_USER:
        token = _fetch_token(graph, app, _lengthening(token))
        info = debug(graph, app, token)
    return _grant(graph, app, token, info)


def read_grant(graph: Graph, app: App, token: Secret) -> Grant:
    """The grant behind a token that we were given by hand."""
    return _grant(graph, app, token, debug(graph, app, token))


def renew(graph: Graph, app: App, grant: Grant) -> Grant:
    """A grant with a later end; the same one where it does not expire."""
    if grant.expires_at is None:
        return grant
    wanted = _lengthening(grant.token)
    if debug(graph, app, grant.token).kind == SYSTEM_USER:
        # For tokens of Embedded Signup nobody documents this; where Meta refuses, only a reconnect helps.
        wanted["set_token_expires_in_60_days"] = "true"  # noqa: S105 - no secret, a wish.
    token = _fetch_token(graph, app, wanted)
    info = _accepted(debug(graph, app, token), app)
    return replace(grant, token=token, expires_at=info.expires_at, permissions=info.scopes)


def revoke(graph: Graph, grant: Grant) -> None:
    """Take the app off the person who granted access: every token that came of it dies. Safe to repeat."""
    graph.delete("me/permissions", token=grant.token)


def debug(graph: Graph, app: App, token: Secret) -> TokenInfo:
    """
    What Meta knows of a token.

    Meta takes the token to look at as a parameter of a GET only; it is cut out of every log line of ours.
    """
    app_token = Secret(f"{app.app_id}|{app.app_secret.reveal()}")
    answer = graph.get("debug_token", token=app_token, params={"input_token": token.reveal()})
    data = object_of(object_of(answer).get("data"))
    if not isinstance(data.get("is_valid"), bool):
        raise Incomprehensible("Meta did not say whether it takes this token.")
    error = object_of(data.get("error"))
    return TokenInfo(
        is_valid=data.get("is_valid") is True,
        kind=text_of(data.get("type")),
        app_id=id_of(data.get("app_id")),
        user_id=id_of(data.get("user_id")),
        expires_at=_expiry_of(data),
        data_access_ends_at=moment_of(data.get("data_access_expires_at")),
        scopes=tuple(text_of(scope) for scope in list_of(data.get("scopes"))),
        targets=_targets_of(data),
        words=PlatformWords(
            code=number_of(error.get("code")),
            subcode=number_of(error.get("subcode", error.get("error_subcode"))),
            message=_without(token, text_of(error.get("message"))),
        ),
    )


def _without(token: Secret, text: str) -> str:
    """The text with the token cut out, should Meta repeat it."""
    return text.replace(token.reveal(), MASK) if token else text


def _expiry_of(data: JSONObject) -> datetime | None:
    """When the token ends, 0 for never; without `expires_at` the lifetime is counted from the issue."""
    issued_at = moment_of(data.get("issued_at"))
    lifetime = number_of(data.get("expires_in"))
    if "expires_at" in data or issued_at is None or not lifetime:
        return moment_of(data.get("expires_at"))
    return issued_at + timedelta(seconds=lifetime)


def _targets_of(data: JSONObject) -> dict[str, tuple[str, ...]]:
    """Permission to the ids it is limited to; without ids it holds for everything of that user."""
    return {
        text_of(entry.get("scope")): tuple(filter(None, map(id_of, list_of(entry.get("target_ids")))))
        for entry in objects_in(data.get("granular_scopes"))
    }


def _fetch_token(graph: Graph, app: App, wanted: dict[str, str]) -> Secret:
    # A POST keeps the app's secret and the code out of the address; asking twice does no harm.
    form = {"client_id": app.app_id, "client_secret": app.app_secret.reveal(), **wanted}
    answer = graph.post("oauth/access_token", token=None, form=form, repeatable=True)
    token = text_of(object_of(answer).get("access_token"))
    if not token:
        raise Incomprehensible("Meta answered the login without a token.")
    return Secret(token)


def _lengthening(token: Secret) -> dict[str, str]:
    return {"grant_type": "fb_exchange_token", "fb_exchange_token": token.reveal()}


def _grant(graph: Graph, app: App, token: Secret, info: TokenInfo) -> Grant:
    _accepted(info, app)
    statuses, person = all_of([partial(_permission_statuses, graph, token), partial(_person, graph, token)])
    granted = tuple(name for name, status in statuses.items() if status == "granted")
    return Grant(
        token=token,
        expires_at=info.expires_at,
        permissions=info.scopes or granted,
        declined=tuple(name for name, status in statuses.items() if status != "granted"),
        user_id=info.user_id or id_of(person.get("id")),
        user_name=text_of(person.get("name")),
        targets=info.targets,
    )


def _accepted(info: TokenInfo, app: App) -> TokenInfo:
    """The same, where Meta takes the token, and it is our app's. Raises CredentialRejected, Refused, Unavailable."""
    if not info.is_valid:
        rule = rule_for(info.words.code, info.words.subcode)
        if rule and issubclass(rule.error, Unavailable):  # In the words of an answer, that there is none.
            raise rule.error(rule.message, words=info.words)
        raise CredentialRejected("Meta does not accept this token.", words=info.words)
    if info.app_id and info.app_id != app.app_id:
        raise Refused("This token belongs to another app.", resolution="Make a token for this service's app.")
    return info


def _permission_statuses(graph: Graph, token: Secret) -> JSONObject:
    """Permission to granted, declined or expired; a business's token may not be allowed to ask."""
    try:
        rows: JSON = graph.get_all("me/permissions", token=token)
    except Refused:
        return {}
    return {text_of(row.get("permission")): text_of(row.get("status")) for row in rows}


def _person(graph: Graph, token: Secret) -> JSONObject:
    """Who logged in, for the audit trail; nothing fails without it."""
    try:
        return object_of(graph.get("me", token=token, params={"fields": "id,name"}))
    except Refused:
        return {}
