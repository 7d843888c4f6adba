"""People whose access changed, as a platform says: told by whoever hears it, looked into by whoever knows them."""

from __future__ import annotations

from collections.abc import Collection

from backend.integrations.models import PersonChanged
from backend.lib.storable import storable_id

MAX_USER_ID = 64


def note_people(user_ids: Collection[str]) -> None:
    """Somebody looks into what each of them still grants. Safe to repeat."""
    rows = [PersonChanged(user_id=storable_id(user_id, MAX_USER_ID)) for user_id in sorted(set(user_ids))]
    PersonChanged.objects.bulk_create(rows, ignore_conflicts=True)


def take_people(at_most: int) -> list[str]:
    """Those that nobody has looked into yet; they are taken with this."""
    user_ids = list(PersonChanged.objects.order_by("user_id").values_list("user_id", flat=True)[:at_most])
    PersonChanged.objects.filter(user_id__in=user_ids).delete()
    return user_ids
