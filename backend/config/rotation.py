"""
Seals every kept secret anew with the newest key.

Safe beside running processes and safe to repeat: a row is written only if it still holds the text that was read, and
what the newest key sealed already is passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import models, transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.connecting import farewells, grants, pins
from backend.connecting.models import ConnectionAttempt, Farewell
from backend.integrations import vault
from backend.integrations.models import SEALED_FIELDS, ChannelIntegration, VaultCanary
from backend.lib.crypto import key_name

BATCH = 200
LOOKS = 3  # At a row that somebody else writes at the same moment.


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds sealed text, and the table's name that the text is bound to."""

    model: type[models.Model]
    table: str
    column: str


# Whoever seals something in a new place names the place here.
SEALED_COLUMNS: tuple[SealedColumn, ...] = (
    *(SealedColumn(ChannelIntegration, "channel_integrations", column) for column in SEALED_FIELDS),
    SealedColumn(ConnectionAttempt, grants.TABLE, grants.COLUMN),
    SealedColumn(ConnectionAttempt, pins.TABLE, pins.COLUMN),
    SealedColumn(Farewell, farewells.TABLE, farewells.COLUMN),
)


@dataclass(slots=True)
class Rotation:
    """What was found and done; the canaries of keys that seal nothing any more are gone."""

    resealed: int = 0
    already: int = 0
    closed: list[str] = field(default_factory=list)  # Places that do not open, with the name of their key.
    moving: list[str] = field(default_factory=list)  # Places that others wrote whenever we looked.
    still_used: Counter[str] = field(default_factory=Counter)  # By key: what it still seals.
    retired: list[str] = field(default_factory=list)

    @property
    def seen(self) -> int:
        return self.resealed + self.already + len(self.closed) + len(self.moving)


def rotate(tell: Callable[[Rotation], None] = lambda _so_far: None) -> Rotation:
    """Seal everything anew; tells after each batch how far it is."""
    vault.plant_canaries()
    rotation = Rotation()
    for place in SEALED_COLUMNS:
        for batch in _batches(place):
            with transaction.atomic():
                for row_id, sealed in batch:
                    rotate_one(rotation, place, row_id, sealed)
            tell(rotation)
    _retire(rotation)
    if rotation.resealed:
        _tell_the_trail()
    return rotation


def count_sealed() -> int:
    """How many sealed values there are to look at."""
    return sum(_sealed_rows(place).count() for place in SEALED_COLUMNS)


def _sealed_rows(place: SealedColumn) -> models.QuerySet[models.Model]:
    filled = {f"{place.column}__isnull": False}
    return place.model._default_manager.exclude(**{place.column: ""}).filter(**filled)


def _batches(place: SealedColumn) -> Iterator[list[tuple[object, str]]]:
    """Row ids with their sealed text, in the order of the ids: a batch never reads what it wrote."""
    ordered = _sealed_rows(place).order_by("pk").values_list("pk", place.column)
    batch = list(ordered[:BATCH])
    while batch:
        yield batch
        batch = list(ordered.filter(pk__gt=batch[-1][0])[:BATCH])


def rotate_one(rotation: Rotation, place: SealedColumn, row_id: object, sealed: str) -> None:
    """Seal anew what was read as this text, if it is still there; else what stands there now."""
    text: str | None = sealed
    for _ in range(LOOKS):
        if not text:
            return  # Taken away meanwhile.
        if vault.is_newest(text):
            rotation.already += 1
            return
        try:
            anew = vault.seal_anew(text, table=place.table, row=row_id, column=place.column)
        except vault.VaultUnreadable:
            rotation.closed.append(_named(place, row_id, text))
            return
        row = place.model._default_manager.filter(pk=row_id)
        if row.filter(**{place.column: text}).update(**{place.column: anew}):
            rotation.resealed += 1
            return
        text = row.values_list(place.column, flat=True).first()
    rotation.moving.append(_named(place, row_id, text or ""))


def _tell_the_trail() -> None:
    """Every business with an account reads that its tokens are sealed with another key now."""
    newest = vault.ring().newest
    with_accounts = ChannelIntegration.objects.order_by("business_id").values_list("business_id", flat=True)
    for business_id in with_accounts.distinct().iterator(chunk_size=BATCH):
        audit.note(business_id, Action.KEYS_ROTATED, newest, by=None)


def _named(place: SealedColumn, row_id: object, sealed: str) -> str:
    key = key_name(sealed)
    return f"{place.table} {row_id} {place.column} " + (f"(key {key!r})" if key else "(not sealed text)")


def _retire(rotation: Rotation) -> None:
    """Count what each key still seals, as it is now."""
    for place in SEALED_COLUMNS:
        for batch in _batches(place):
            rotation.still_used.update(key_name(sealed) for _, sealed in batch)
    unused = VaultCanary.objects.exclude(pk__in=[*rotation.still_used, vault.ring().newest])
    rotation.retired = sorted(unused.values_list("pk", flat=True))
    vault.forget_canaries(rotation.retired)
