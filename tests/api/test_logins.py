"""Who you are: passwords, tokens, and how long they are good."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from joserfc import jwt
from joserfc.jwk import OctKey

from backend.businesses import logins
from backend.businesses.logins import LoginLocked, real_now
from backend.businesses.models import LoginFailure, RefreshToken
from tests.api.agreeing import AgreeingClient
from tests.conftest import PASSWORD, Cast

LOGIN = {"email": "owner@demo.test", "password": PASSWORD}


def log_in(client: AgreeingClient, **changes: str) -> Any:
    return client.post("/api/auth/token", {**LOGIN, **changes}, format="json")


def with_token(token: str) -> AgreeingClient:
    return AgreeingClient(headers={"Authorization": f"Bearer {token}"})


def test_a_login_opens_the_door(cast: Cast, nobody: AgreeingClient) -> None:
    tokens = log_in(nobody).json()
    assert tokens["expiresIn"] >= 3600
    me = with_token(tokens["accessToken"]).get("/api/me").json()
    assert me["user"] == {"id": str(cast.owner.user_id), "email": "owner@demo.test", "name": "Owner"}
    assert me["businesses"] == [{"id": "demo-shop", "name": "Demo Shop", "role": "OWNER"}]


def test_the_case_of_the_email_does_not_matter(cast: Cast, nobody: AgreeingClient) -> None:
    assert log_in(nobody, email=" Owner@Demo.TEST ").status_code == 200


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"email": "nobody@demo.test"}])
def test_a_wrong_login_says_nothing_of_what_is_wrong(
    cast: Cast, nobody: AgreeingClient, wrong: dict[str, str]
) -> None:
    answer = log_in(nobody, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert answer.json()["message"] == "The e-mail or the password is not right."


def test_somebody_who_left_has_no_login(cast: Cast, nobody: AgreeingClient) -> None:
    tokens = log_in(nobody).json()
    cast.owner.user.is_active = False
    cast.owner.user.save()
    assert log_in(nobody).status_code == 401
    assert with_token(tokens["accessToken"]).get("/api/me").status_code == 401
    again = nobody.post("/api/auth/token/refresh", {"refreshToken": tokens["refreshToken"]}, format="json")
    assert again.status_code == 401


def test_ten_failures_lock_for_a_minute(cast: Cast, nobody: AgreeingClient) -> None:
    assert [log_in(nobody, password="wrong").status_code for _ in range(11)] == [401] * 10 + [429]
    locked = log_in(nobody)
    assert (locked.status_code, locked.json()["code"]) == (429, "rate_limited")
    assert 50 <= int(locked.headers["Retry-After"]) <= 60
    assert log_in(nobody, email="agent@demo.test").status_code == 200
    assert nobody.post("/api/auth/token", LOGIN, format="json", REMOTE_ADDR="10.0.0.9").status_code == 200
    LoginFailure.objects.update(at=real_now() - timedelta(seconds=61))
    assert log_in(nobody).status_code == 200


def test_failures_that_are_far_apart_lock_nobody(cast: Cast) -> None:
    start = real_now()
    for number in range(30):
        with pytest.raises(logins.InvalidCredentials):
            logins.authenticate(
                "owner@demo.test", "wrong", "1.2.3.4", at=start + timedelta(seconds=7 * number)
            )
    with pytest.raises(logins.InvalidCredentials):
        logins.authenticate("owner@demo.test", "wrong", "1.2.3.4", at=start + timedelta(hours=2))
    assert LoginFailure.objects.count() == 1, "old failures are forgotten"


def test_the_lock_counts_for_unknown_emails_too(cast: Cast) -> None:
    for _ in range(10):
        with pytest.raises(logins.InvalidCredentials):
            logins.authenticate("nobody@demo.test", "wrong", "1.2.3.4")
    with pytest.raises(LoginLocked):
        logins.authenticate("nobody@demo.test", "wrong", "1.2.3.4")


def forged(cast: Cast, key: bytes, **claims: Any) -> str:
    good = {"sub": str(cast.owner.user_id), "iat": 0, "exp": 2**33, "jti": "1", "typ": "access"}
    return jwt.encode({"alg": "HS256"}, good | claims, OctKey.import_key(key))


def test_only_our_own_tokens_are_taken(cast: Cast, settings: Any) -> None:
    issued = logins.issue(cast.owner.user)
    none = jwt.encode({"alg": "HS256"}, {"sub": "x"}, OctKey.import_key(b"k" * 32)).split(".")
    unsigned = f"eyJhbGciOiJub25lIn0.{none[1]}."
    bad = [
        "",
        "nonsense",
        issued.refresh,
        issued.access[:-2],
        issued.access + "x",
        unsigned,
        forged(cast, settings.SECRET_KEY.encode()),
        forged(cast, b"k" * 32),
        forged(cast, logins._key().raw_value, typ="refresh"),
        forged(cast, logins._key().raw_value, sub="not-an-id"),
        forged(cast, logins._key().raw_value, exp="soon"),
        logins.issue(cast.owner.user, at=real_now() - timedelta(hours=2)).access,
    ]
    for token in bad:
        answer = with_token(token).get("/api/me")
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), token
    assert with_token(forged(cast, logins._key().raw_value)).get("/api/me").status_code == 200


@pytest.mark.parametrize("header", ["Basic b3duZXI6cGFzcw==", "Bearer", "Token x", "bearer  "])
def test_another_scheme_is_no_login(cast: Cast, header: str) -> None:
    assert AgreeingClient(headers={"Authorization": header}).get("/api/me").status_code == 401


def test_an_access_token_ends_by_the_real_clock(cast: Cast, settings: Any) -> None:
    start = real_now()
    tokens = logins.issue(cast.owner.user, at=start)
    last = start + settings.ACCESS_TOKEN_FOR - timedelta(seconds=2)
    assert logins.verify_access(tokens.access, at=last) == cast.owner.user_id
    assert logins.verify_access(tokens.access, at=start + settings.ACCESS_TOKEN_FOR) is None


def refresh(client: AgreeingClient, token: str) -> Any:
    return client.post("/api/auth/token/refresh", {"refreshToken": token}, format="json")


def test_refresh_tokens_rotate_and_reuse_ends_the_family(cast: Cast, nobody: AgreeingClient) -> None:
    other = logins.issue(cast.owner.user)
    first = log_in(nobody).json()["refreshToken"]
    second = refresh(nobody, first).json()["refreshToken"]
    third = refresh(nobody, second).json()
    assert with_token(third["accessToken"]).get("/api/me").status_code == 200
    reused = refresh(nobody, first)
    assert (reused.status_code, reused.json()["code"]) == (401, "refresh_reused")
    assert refresh(nobody, third["refreshToken"]).json()["code"] == "refresh_reused"
    assert refresh(nobody, other.refresh).status_code == 200, "another login goes on"


def test_refresh_tokens_are_kept_as_hashes_and_end(cast: Cast, nobody: AgreeingClient, settings: Any) -> None:
    tokens = logins.issue(cast.owner.user)
    assert tokens.refresh not in str(RefreshToken.objects.values())
    late = logins.issue(cast.owner.user, at=real_now() - settings.REFRESH_TOKEN_FOR)
    assert refresh(nobody, late.refresh).json()["code"] == "not_authenticated"
    assert refresh(nobody, "never seen").json()["code"] == "not_authenticated"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(cast: Cast) -> None:
    token = logins.issue(cast.owner.user).refresh
    start, outcomes = threading.Barrier(4), []

    def rotate() -> None:
        start.wait()
        try:
            logins.rotate(token)
            outcomes.append("new tokens")
        except logins.RefreshTokenReused:
            outcomes.append("reused")
        finally:
            connection.close()

    threads = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["new tokens", "reused", "reused", "reused"]
