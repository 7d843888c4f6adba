"""
Logins of a foreign issuer: a signed JWT of the customer care platform in place of one of ours.

The token says who it is and which business is meant, never what they may do there: roles stand in our rows.
All times here are of the real clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.foreign_tokens import verified_claims
from backend.businesses.issuer import trusted_issuer
from backend.businesses.logins import real_now
from backend.businesses.models import Business, ForeignIdentity, Membership, Role, User
from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import text_of
from backend.lib.refusal import Refusal
from backend.lib.storable import storable_text


class UnknownPerson(Refusal):
    """A good token of somebody whom we do not know."""

    code = "not_authenticated"
    message = "The token is good, but nobody here is known by it."
    resolution = "Ask an owner of the business to add you with the e-mail address of your login."


@dataclass(frozen=True, slots=True)
class ForeignLogin:
    """The person behind a foreign token, and the business that it means; empty: it names none."""

    user: User
    business_id: str


def login_behind(token: str, *, at: datetime | None = None) -> ForeignLogin | None:
    """Whose token of the trusted issuer this is; None: it is none, or not a good one.

    Raises UnknownPerson, IssuerAway.
    """
    issuer = trusted_issuer()
    claims = verified_claims(token, issuer, at or real_now()) if issuer else None
    if issuer is None or claims is None:
        return None
    business_id = text_of(claims.get("businessId"))
    identity = _identity(issuer.name, claims)
    if not identity.user.is_active:
        return None
    if settings.JWT_PROVISION and business_id:
        _join(identity, business_id)
    return ForeignLogin(identity.user, business_id)


def _identity(issuer: str, claims: JSONObject) -> ForeignIdentity:
    return _met(issuer, claims["sub"]) or _meet(issuer, claims)


def _met(issuer: str, subject: str) -> ForeignIdentity | None:
    known = ForeignIdentity.objects.filter(issuer=issuer, subject=subject)
    return known.select_related("user").first()


def _meet(issuer: str, claims: JSONObject) -> ForeignIdentity:
    """The first sight of a subject. Raises UnknownPerson."""
    try:
        with transaction.atomic():
            user = _user_for(issuer, claims)
            return ForeignIdentity.objects.create(issuer=issuer, subject=claims["sub"], user=user)
    except IntegrityError:
        # Another request of the same person was first.
        if found := _met(issuer, claims["sub"]):
            return found
        raise


def _user_for(issuer: str, claims: JSONObject) -> User:
    """Somebody with this e-mail, else somebody new where new people are let in."""
    email = "" if _says(claims, False) else usable_email(claims.get("email"))
    user = User.objects.filter(email=email).first() if email else None
    if user is None:
        return _new_user(email, claims)
    # Whoever comes under a second name must prove more than the first one had to.
    others = user.foreign_identities.filter(issuer=issuer).exclude(subject=claims["sub"])
    if others.exists() and not _says(claims, True):
        raise UnknownPerson
    return user


def _new_user(email: str, claims: JSONObject) -> User:
    business_id = text_of(claims.get("businessId"))
    if not (settings.JWT_PROVISION and email and _business_exists(business_id)):
        raise UnknownPerson
    return User.objects.create_user(email, name=storable_text(text_of(claims.get("name")), 200))


def _join(identity: ForeignIdentity, business_id: str) -> None:
    """Once for each business that the tokens of a person name: a member who was removed later stays removed."""
    if business_id in identity.seen_in or not _business_exists(business_id):
        return
    with transaction.atomic():
        locked = ForeignIdentity.objects.select_for_update().get(pk=identity.pk)
        if business_id in locked.seen_in:
            return
        locked.seen_in = [*locked.seen_in, business_id]
        locked.save(update_fields=["seen_in"])
        member, is_new = Membership.objects.get_or_create(
            user=identity.user, business_id=business_id, defaults={"role": Role.AGENT}
        )
        if is_new:
            detail = {"role": Role.AGENT, "issuer": identity.issuer, "subject": identity.subject}
            audit.note(business_id, Action.MEMBER_MADE, member.pk, by=member, detail=detail)


def _business_exists(business_id: str) -> bool:
    is_sane = storable_text(business_id, 64) == business_id
    return is_sane and Business.objects.filter(pk=business_id).exists()


def _says(claims: JSONObject, verdict: bool) -> bool:
    """Whether the token says this of its e-mail. Some issuers write the word as text."""
    return claims.get("email_verified") in (verdict, str(verdict).lower())


def usable_email(value: JSON) -> str:
    """The address as we keep addresses; empty where it is none."""
    email = text_of(value).strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email if len(email) <= 254 else ""
