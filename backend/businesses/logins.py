"""
Logins: an e-mail and a password for a short-lived access token and a refresh token that is used once.

Access tokens are JWTs that nobody keeps; refresh tokens are kept as hashes, in families. One that comes twice was
stolen, so its family ends. All times here are of the real clock: a sandbox that is moved by a day logs nobody out.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db import transaction
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from backend.businesses.models import LoginFailure, RefreshToken, User
from backend.engine.trimming import trim
from backend.lib.ids import new_id, new_token
from backend.lib.refusal import Refusal

ALGORITHM = "HS256"
LOCK_FOR = timedelta(minutes=1)
KEEP_FAILURES_FOR = timedelta(hours=1)
KEEP_TOKENS_FOR = timedelta(days=7)  # After their end.


class InvalidCredentials(Refusal):
    """No active person has this e-mail and password."""

    code = "invalid_credentials"
    message = "The e-mail or the password is not right."
    resolution = "Check both. After ten failures within a minute you have to wait for a minute."


class LoginLocked(Refusal):
    """Too many failures from this address for this e-mail."""

    code = "rate_limited"
    message = "Too many logins have failed."
    resolution = "Wait as long as `Retry-After` says, then try again."


class RefreshTokenInvalid(Refusal):
    """The refresh token is unknown, or its time is over."""

    code = "not_authenticated"
    message = "The refresh token is not valid, or its time is over."
    resolution = "Log in again."


class RefreshTokenReused(Refusal):
    """The refresh token was used before; every token of its login is void now."""

    code = "refresh_reused"
    message = "This refresh token was used before, so it may have been stolen."
    resolution = "Log in again. Every refresh token of that login is void now."


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login gives; both are clear and shown this once."""

    access: str
    refresh: str
    expires_in: int  # Seconds that the access token lives.


def real_now() -> datetime:
    """The present of the real clock, aware, in UTC."""
    return datetime.now(UTC)


# --- passwords ---


def authenticate(email: str, password: str, address: str, *, at: datetime | None = None) -> User:
    """The person with this e-mail and password. Raises LoginLocked, InvalidCredentials."""
    at = at or real_now()
    pair = {"address": address[:64], "email": email.strip().lower()[:254]}
    _refuse_while_locked(pair, at)
    user = _user_with(pair["email"], password)
    if user is None:
        _note_failure(pair, at)
        raise InvalidCredentials
    return user


def _user_with(email: str, password: str) -> User | None:
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        User().set_password(password)  # The same work, so that time tells nobody which e-mails exist.
        return None
    return user if user.check_password(password) else None


def _refuse_while_locked(pair: dict[str, str], at: datetime) -> None:
    limit = int(settings.LOGIN_FAILURES_PER_MINUTE)
    last = LoginFailure.objects.filter(**pair, at__gt=at - 2 * LOCK_FOR, at__lte=at).order_by("-at")
    times = list(last.values_list("at", flat=True)[:limit]) if limit else []
    if limit and len(times) == limit and times[0] - times[-1] <= LOCK_FOR and at < times[0] + LOCK_FOR:
        raise LoginLocked(retry_after=(times[0] + LOCK_FOR - at).total_seconds())


def _note_failure(pair: dict[str, str], at: datetime) -> None:
    """Keep the failure. One of a burst that comes too late for the limit is refused like those behind it."""
    with transaction.atomic():
        LoginFailure.objects.filter(at__lt=at - KEEP_FAILURES_FOR).delete()
        _refuse_while_locked(pair, at)
        LoginFailure.objects.create(**pair, at=at)


# --- tokens ---


def issue(user: User, *, at: datetime | None = None) -> Tokens:
    """Fresh tokens for a person who has just logged in: the first of a new family."""
    return _issue(user, new_id(), at or real_now())


def rotate(refresh: str, *, at: datetime | None = None) -> Tokens:
    """New tokens for a refresh token, which is used up. Raises RefreshTokenInvalid, RefreshTokenReused."""
    at = at or real_now()
    token = RefreshToken.objects.select_related("user").filter(token_hash=_hash(refresh)).first()
    if token is None or not token.user.is_active:
        raise RefreshTokenInvalid
    with transaction.atomic():
        # The database decides which of two is first.
        if RefreshToken.objects.usable(at).filter(pk=token.pk).update(used_at=at):
            return _issue(token.user, token.family, at)
    token.refresh_from_db()
    if token.used_at is None and token.revoked_at is None:
        raise RefreshTokenInvalid
    RefreshToken.objects.filter(family=token.family, revoked_at__isnull=True).update(revoked_at=at)
    raise RefreshTokenReused


def forget_refresh_tokens(*, at: datetime | None = None) -> bool:
    """Remove a batch of those that nobody can use any more; whether there may be more."""
    return trim(RefreshToken.objects.all(), "expires_at", (at or real_now()) - KEEP_TOKENS_FOR)


def verify_access(token: str, *, at: datetime | None = None) -> UUID | None:
    """Whose access token of ours this is; None where it is none, or its time is over."""
    try:
        claims = jwt.decode(token, _key(), algorithms=[ALGORITHM]).claims
        good = claims["typ"] == "access" and int(claims["exp"]) > (at or real_now()).timestamp()
        return UUID(claims["sub"]) if good else None
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _issue(user: User, family: UUID, at: datetime) -> Tokens:
    refresh = new_token()
    RefreshToken.objects.create(
        user=user,
        family=family,
        token_hash=_hash(refresh),
        expires_at=at + settings.REFRESH_TOKEN_FOR,
        created_at=at,
    )
    lifetime = int(settings.ACCESS_TOKEN_FOR.total_seconds())
    claims = {
        "sub": str(user.pk),
        "iat": int(at.timestamp()),
        "exp": int(at.timestamp()) + lifetime,
        "jti": str(new_id()),
        "typ": "access",
    }
    access = jwt.encode({"alg": ALGORITHM}, claims, _key())
    return Tokens(access=access, refresh=refresh, expires_in=lifetime)


def _key() -> OctKey:
    """A key of its own, so that nothing else that SECRET_KEY signs can pass for a login."""
    return _key_from(settings.SECRET_KEY)


@lru_cache(maxsize=2)
def _key_from(secret_key: str) -> OctKey:
    return OctKey.import_key(hmac.digest(secret_key.encode(), b"access tokens", "sha256"))


def _hash(refresh: str) -> str:
    return hashlib.sha256(refresh.encode()).hexdigest()
