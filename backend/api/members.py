"""Who asks: the memberships of a person, read on every request, so by a statement that is written once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Model

from backend.api.prepared import Prepared, Slot
from backend.businesses.models import Business, Membership, User
from backend.engine.instances import unpacked

USER = Slot.of(Membership, "user", UUID("ffffffff-ffff-4fff-bfff-ffffffffffff"))


def _columns_of(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


# The rows of one statement, side by side.
OWN, BUSINESS, PERSON = _columns_of(Membership), _columns_of(Business), _columns_of(User)


def members_by(user_id: UUID) -> tuple[Membership, ...]:
    """The memberships of an active person, each with its business and the person."""
    return tuple(_membership(row) for row in _statement().run(user=user_id))


@lru_cache(maxsize=1)
def _statement() -> Prepared:
    rows = Membership.objects.filter(user=USER.mark, user__is_active=True)
    columns = [*OWN, *(f"business__{name}" for name in BUSINESS), *(f"user__{name}" for name in PERSON)]
    return Prepared(rows.values_list(*columns), {"user": USER})


def _membership(row: Sequence[Any]) -> Membership:
    behind_own, behind_business = len(OWN), len(OWN) + len(BUSINESS)
    membership = unpacked(Membership, OWN, row[:behind_own])
    membership.business = unpacked(Business, BUSINESS, row[behind_own:behind_business])
    membership.user = unpacked(User, PERSON, row[behind_business:])
    return membership
