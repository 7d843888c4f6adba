"""The rows of the audit trail, which no code of ours changes or deletes."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, Self

from django.db import models

from backend.businesses.actors import ActorKind
from backend.lib.clock import now


class AppendOnly(TypeError):
    """The audit trail is written, never rewritten."""

    def __init__(self) -> None:
        super().__init__("An entry of the audit trail is neither changed nor deleted.")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def of(self, business_id: str) -> Self:
        return self.filter(business_id=business_id)

    def update(self, **_columns: Any) -> NoReturn:
        raise AppendOnly

    def bulk_create(self, objs: Any, *args: Any, update_conflicts: bool = False, **kwargs: Any) -> Any:
        if update_conflicts:
            raise AppendOnly
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly


class AuditEntry(models.Model):
    """Who did what, when and from where. A business with a trail cannot be deleted with it."""

    id = models.BigAutoField(primary_key=True)
    business = models.ForeignKey("businesses.Business", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)
    actor_kind = models.CharField(max_length=16, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=255, blank=True)
    action = models.CharField(max_length=64)
    target_type = models.CharField(max_length=32)
    target_id = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(null=True)
    detail = models.JSONField(default=dict)

    objects: ClassVar = AuditEntryQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [models.Index(fields=["business", "id"], name="audit_by_business")]

    def save(self, *_args: Any, using: str | None = None, **_kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(force_insert=True, using=using)  # Never an UPDATE, whatever the id.

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnly
