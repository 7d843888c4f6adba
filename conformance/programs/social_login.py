"""social-auth-core: its Facebook backend, with the smallest strategy that it allows."""

import os
from typing import Any, ClassVar

from requests import HTTPError
from social_core.backends.facebook import FacebookOAuth2  # type: ignore[import-not-found]
from social_core.exceptions import AuthCanceled, AuthException  # type: ignore[import-not-found]
from social_core.storage import BaseStorage, NonceMixin  # type: ignore[import-not-found]
from social_core.strategy import BaseStrategy  # type: ignore[import-not-found]
from stage import REDIRECT_URI, SIM, VERSION, approve, check, expect

SETTINGS = {
    "SOCIAL_AUTH_FACEBOOK_KEY": os.environ["META_APP_ID"],
    "SOCIAL_AUTH_FACEBOOK_SECRET": os.environ["META_APP_SECRET"],
    "SOCIAL_AUTH_FACEBOOK_API_VERSION": VERSION.removeprefix("v"),
    "SOCIAL_AUTH_FACEBOOK_SCOPE": ["email", "pages_show_list", "pages_messaging"],
    "SOCIAL_AUTH_FACEBOOK_AUTHORIZATION_URL": f"{SIM}/v{{version}}/dialog/oauth",
    "SOCIAL_AUTH_FACEBOOK_ACCESS_TOKEN_URL": f"{SIM}/v{{version}}/oauth/access_token",
    "SOCIAL_AUTH_FACEBOOK_PROFILE_EXTRA_PARAMS": {"fields": "id,name,email,first_name,last_name"},
}
FacebookOAuth2.USER_DATA_URL = f"{SIM}/v{{version}}/me"
FacebookOAuth2.REVOKE_TOKEN_URL = f"{SIM}/v{{version}}/{{uid}}/permissions"


class Nonces(NonceMixin):  # type: ignore[misc]
    """Each value once, in memory."""

    issued: ClassVar[set[tuple[str, int, str]]] = set()

    @classmethod
    def use(cls, server_url: str, timestamp: int, salt: str) -> bool:
        cls.issued.add((server_url, timestamp, salt))
        return True

    @classmethod
    def consume(cls, server_url: str, timestamp: int, salt: str) -> bool:
        known = (server_url, timestamp, salt) in cls.issued
        cls.issued.discard((server_url, timestamp, salt))
        return known


class Storage(BaseStorage):  # type: ignore[misc]
    nonce = Nonces


class Strategy(BaseStrategy):  # type: ignore[misc]
    """Settings from a table and a session in memory; who logs in is handed back as the profile itself."""

    def __init__(self, data: dict[str, str] | None = None, session: dict[str, Any] | None = None) -> None:
        super().__init__(Storage)
        self.data, self.session = data or {}, session if session is not None else {}

    def get_setting(self, name: str) -> Any:
        return SETTINGS[name]

    def request_data(self, merge: bool = True) -> dict[str, str]:
        return self.data

    def request_host(self) -> str:
        return "localhost"

    def build_absolute_uri(self, path: str | None = None) -> str:
        return path or REDIRECT_URI

    def session_get(self, name: str, default: Any = None) -> Any:
        return self.session.get(name, default)

    def session_set(self, name: str, value: Any) -> None:
        self.session[name] = value

    def session_pop(self, name: str) -> Any:
        return self.session.pop(name, None)

    def session_setdefault(self, name: str, value: Any) -> Any:
        return self.session.setdefault(name, value)

    def authenticate(self, backend: Any, *args: Any, **kwargs: Any) -> Any:
        return kwargs["response"]


session: dict[str, Any] = {}


def backend_with(data: dict[str, str]) -> Any:
    return FacebookOAuth2(Strategy(data, session), REDIRECT_URI)


def begin() -> str:
    url: str = backend_with({}).auth_url()
    expect(url.startswith(f"{SIM}/{VERSION}/dialog/oauth?"), url)
    return url


def finish() -> Any:
    carried = approve(url, deny=["pages_messaging"])
    expect(carried["denied_scopes"] == "pages_messaging", carried)
    profile = backend_with(carried).auth_complete()
    expect(profile["name"] == "Demo Owner", profile)
    expect("@" in profile["email"], profile)
    return profile


def be_cancelled() -> None:
    try:
        backend_with(approve(backend_with({}).auth_url(), deny=True)).auth_complete()
    except AuthCanceled:
        return
    raise AssertionError("a cancelled login went through")


def lengthen() -> None:
    fresh = backend_with({}).refresh_token(profile["access_token"])
    expect(int(fresh["expires_in"]) > 5_000_000, fresh)


def revoke() -> None:
    # Its answer is False whatever comes, as it compares bytes with a text: what counts is the token.
    token = profile["access_token"]
    backend_with({}).revoke_token(token, profile["id"])
    try:
        backend_with({}).user_data(token)
    except AuthException:
        return
    except HTTPError:
        return
    raise AssertionError("the token still works")


url = check("FacebookOAuth2.auth_url", begin)
profile = check("FacebookOAuth2.auth_complete: code, token, profile with proof", finish)
check("FacebookOAuth2.auth_complete: cancelled", be_cancelled)
check("FacebookOAuth2.refresh_token", lengthen)
check("FacebookOAuth2.revoke_token", revoke)
