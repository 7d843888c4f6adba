"""Who was erased, as far as a late delivery must be known by it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Erasure(models.Model):
    """A person was erased from an account. What is left of them are keyed hashes, its marks."""

    id = models.BigAutoField(primary_key=True)
    platform = models.CharField(max_length=32)
    account_id = models.CharField(max_length=64)
    erased_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account_id", "platform"], name="erasures_by_account")]


class MarkKind(models.TextChoices):
    """What an erased id named."""

    CONTACT = "CONTACT"  # The person, who may write again.
    MESSAGE = "MESSAGE"  # A message, of which nothing is ever taken up again.


class ErasedMark(models.Model):
    """The keyed hash of an id that was erased: a late delivery is known by it, and nobody can read it back."""

    id = models.BigAutoField(primary_key=True)
    erasure = models.ForeignKey(Erasure, on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=16, choices=MarkKind.choices)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest", "erasure"], name="one_mark_per_id_and_erasure"),
        ]
