"""Who we work for: businesses, their members, and the logins of people."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from backend.lib.clock import now
from backend.lib.ids import new_id, new_text_id


class Business(models.Model):
    """Our tenant. Its id may be given by the customer care platform."""

    id = models.CharField(primary_key=True, max_length=64, default=new_text_id)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """People are known by their e-mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, *, name: str = "") -> User:
        user = self.model(email=email.strip().lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who can log in; what they may do stands in their memberships."""

    id = models.UUIDField(primary_key=True, default=new_id)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []


class Role(models.TextChoices):
    """What a member may do."""

    OWNER = "OWNER"  # Everything, and giving the business away.
    ADMIN = "ADMIN"  # Everything about integrations.
    AGENT = "AGENT"  # Conversations only.


MANAGERS = frozenset({Role.OWNER, Role.ADMIN})


class Membership(models.Model):
    """A person of a business, with a role. Read on every request, so a change works at once."""

    id = models.UUIDField(primary_key=True, default=new_id)
    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["business", "user"], name="one_membership_per_business_and_user"),
        ]

    @property
    def manages_integrations(self) -> bool:
        return self.role in MANAGERS


class RefreshTokenQuerySet(models.QuerySet["RefreshToken"]):
    def usable(self, at: datetime) -> Self:
        return self.filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at)


class RefreshToken(models.Model):
    """One refresh token, kept as a hash. All that come from one login are a family."""

    id = models.UUIDField(primary_key=True, default=new_id)
    family = models.UUIDField(db_index=True, default=new_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar = RefreshTokenQuerySet.as_manager()


class LoginFailure(models.Model):
    """A failed login; ten a minute for an address and an e-mail lock both for a minute."""

    address = models.CharField(max_length=64)
    email = models.CharField(max_length=254)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["address", "email", "at"], name="login_failures_by_pair")]
