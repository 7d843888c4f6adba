from __future__ import annotations

import hashlib
import hmac
import json as json_module
import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import IO, Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from backend.lib.foreign_json import decoded
from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import object_of, objects_in, text_of
from backend.lib.secret import MASK, Secret
from backend.platforms.errors import Incomprehensible, Malformed, OutcomeUnknown, Unavailable
from backend.platforms.meta.clients import Clients
from backend.platforms.meta.errors import error_from, is_envelope
from backend.platforms.meta.usage import UsageBoard
from backend.platforms.port import App, Login

NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
IN_A_NEXT_LINK_BUT_OURS = frozenset({"access_token", "appsecret_proof"})
MAX_PAGES = 200
# How the tokens of the other login begin. Its host calls ours unreadable, which would look like a dead token.
FOREIGN_TOKENS = {Login.FACEBOOK: "IGAA", Login.INSTAGRAM: "EAA"}
REPORT = "Connect the account again; if it stays, report it to support."
Params = Mapping[str, str]
UPLOAD_TIMEOUT = httpx2.Timeout(10, write=30, read=60)  # Seconds; Meta looks at a file before it answers.


class WithoutQuery(logging.Filter):
    """Cuts the query off every URL in a log record: what stands there is nobody's business."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                arg.copy_with(query=None) if isinstance(arg, httpx2.URL) else arg for arg in record.args
            )
        return True


logging.getLogger("httpx2").addFilter(WithoutQuery())


def node(external_id: str) -> str:
    """An id as one step of a path; what could lead elsewhere is refused."""
    if not re.fullmatch(r"[A-Za-z0-9_]{1,128}", external_id):
        raise Malformed("This id cannot be one of Meta's.", resolution="Check the id and try again.")
    return external_id


class Graph:
    """Meta's Graph API: the only place where HTTP is spoken to Meta.

    It speaks to the host of one login. A path is below the version of the API; a whole address is what it says.
    """

    def __init__(
        self, app: App, *, transport: httpx2.BaseTransport | None = None, timeout: float = 10
    ) -> None:
        self._app = app
        self._base_url = f"{app.graph_url.rstrip('/')}/{app.version}/"
        self._clients = Clients(transport)
        self._timeout = httpx2.Timeout(timeout)
        self.usage = UsageBoard()

    def close(self) -> None:
        """Give the connections back."""
        self._clients.close()

    def get(self, path: str, *, token: Secret | None, params: Params | None = None) -> JSON:
        """What stands there."""
        request = self._request("GET", path, token, params)
        return self._send(request, token, repeatable=True, hidden=_secrets_in(params))

    def get_all(self, path: str, *, token: Secret | None, params: Params | None = None) -> list[JSONObject]:
        """The objects of every page of a list."""
        found: list[JSONObject] = []
        for _ in range(MAX_PAGES):
            page = object_of(self.get(path, token=token, params=params))
            found += objects_in(page.get("data"))
            following = next_params(page)
            if following is None or following == params:
                break
            params = following
        return found

    def post(
        self,
        path: str,
        *,
        token: Secret | None,
        json: JSON = None,
        form: Params | None = None,
        repeatable: bool = False,
    ) -> JSON:
        """Meta's answer. `repeatable`: twice is the same as once, so that a lost answer is no mystery."""
        request = self._request("POST", path, token, json=json, data=form)
        return self._send(request, token, repeatable=repeatable, hidden=_secrets_in(form))

    def upload(
        self, path: str, *, token: Secret, form: Params, field: str, file: tuple[str, IO[bytes], str]
    ) -> JSON:
        """Meta's answer to a file, given as its name, its bytes and its type. Twice is the same as once."""
        request = self._request("POST", path, token, timeout=UPLOAD_TIMEOUT, data=form, files={field: file})
        return self._send(request, token, repeatable=True)

    def delete(self, path: str, *, token: Secret | None, params: Params | None = None) -> JSON:
        """Meta's answer to the wish that this be gone; twice is the same as once."""
        return self._send(self._request("DELETE", path, token, params), token, repeatable=True)

    def _request(
        self,
        method: str,
        path: str,
        token: Secret | None,
        params: Params | None = None,
        *,
        timeout: httpx2.Timeout | None = None,
        **content: Any,
    ) -> httpx2.Request:
        """Built without a client, which would merge address, headers and cookies anew: a third of a call's cost."""
        address = path if "://" in path else self._base_url + path.lstrip("/")
        query = self._params(token, params)
        return httpx2.Request(
            method,
            _url_of(address, tuple(query.items())),
            headers=self._clients.headers | bearer(token),
            extensions={"timeout": (timeout or self._timeout).as_dict()},
            **content,
        )

    def _params(self, token: Secret | None, params: Params | None) -> dict[str, str]:
        """The query: never the token itself, but the proof that its bearer knows the app's secret."""
        query = dict(params or {})
        if (
            token and self._app.app_secret and self._app.login is Login.FACEBOOK
        ):  # Instagram's host knows none.
            query["appsecret_proof"] = proof_of(token, self._app.app_secret)
        return query

    def _send(
        self,
        request: httpx2.Request,
        token: Secret | None,
        *,
        repeatable: bool,
        hidden: list[str] | None = None,
    ) -> JSON:
        if token and token.reveal().startswith(FOREIGN_TOKENS[self._app.login]):
            raise Malformed("This token belongs to another of Meta's hosts.", resolution=REPORT)
        try:
            with self._clients.lend() as transport:
                response = transport.handle_request(request)
                response.read()
        except NEVER_SENT as error:
            raise Unavailable("Meta cannot be reached.") from error
        except httpx2.RequestError as error:
            if repeatable:
                raise Unavailable("Meta did not answer in time.") from error
            raise OutcomeUnknown("Meta did not answer; it may have been done.") from error
        self.usage.hear(response.headers, request.url.path.rsplit("/", 2)[-2])
        secrets = [self._app.app_secret.reveal(), token.reveal() if token else "", *(hidden or [])]
        return read_answer(response, repeatable=repeatable, hidden=secrets)


@lru_cache(maxsize=1024)
def _url_of(address: str, query: tuple[tuple[str, str], ...]) -> httpx2.URL:
    """Read once for all messages of an account."""
    return httpx2.URL(address, params=dict(query))


def _secrets_in(values: Params | None) -> list[str]:
    """Which of the values Meta must not repeat to anybody."""
    return [value for name, value in (values or {}).items() if "secret" in name or "token" in name]


def bearer(token: Secret | None) -> dict[str, str]:
    """The header in which a token travels."""
    return {"Authorization": f"Bearer {token.reveal()}"} if token else {}


def proof_of(token: Secret, app_secret: Secret) -> str:
    """The proof that whoever bears the token knows the app's secret, as Meta computes it."""
    return hmac.digest(app_secret.reveal().encode(), token.reveal().encode(), hashlib.sha256).hex()


def next_params(page: JSONObject) -> dict[str, str] | None:
    """The query of the next page, without the token that Meta writes into the link; None at the end."""
    link = text_of(object_of(page.get("paging")).get("next"))
    if not link:
        return None
    query = parse_qsl(urlsplit(link).query)
    return {name: value for name, value in query if name not in IN_A_NEXT_LINK_BUT_OURS}


def read_answer(response: httpx2.Response, *, repeatable: bool, hidden: list[str]) -> JSON:
    """The JSON of an answer; raises what Meta says instead. Meta repeats tokens in some of its messages."""
    if response.is_success:
        body = _json_of(response)
        if not is_envelope(body):
            return body
    text = response.text
    for secret in hidden:
        text = text.replace(secret, MASK) if secret else text
    raise error_from(_json_or_none(text), response.status_code, response.headers, repeatable=repeatable)


def _json_of(response: httpx2.Response) -> JSON:
    try:
        return decoded(response.content)
    except (ValueError, RecursionError) as error:
        raise Incomprehensible(f"Meta answered {response.status_code} with something unreadable.") from error


def _json_or_none(text: str) -> JSON:
    try:
        return json_module.loads(text)
    except (ValueError, RecursionError):
        return None
