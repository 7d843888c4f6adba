"""Who we work for: businesses, their members and API keys, the logins of people, and what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from backend.businesses.actors import Actor, ActorKind, Scope
from backend.businesses.trail import AuditEntry  # noqa: F401  # Where Django looks for models.
from backend.lib.clock import now
from backend.lib.ids import new_id, new_text_id


class Business(models.Model):
    """Our tenant. Its id may be given by the customer care platform."""

    id = models.CharField(primary_key=True, max_length=64, default=new_text_id)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "businesses"

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """People are known by their e-mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **columns: Any) -> User:
        user = self.model(email=email.strip().lower(), **columns)
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
    is_staff = models.BooleanField(default=False)  # An operator: may look at everything in the admin.
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

    ip: str | None = None  # Where the request came from that this row was read for; not kept.

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["business", "user"], name="one_membership_per_business_and_user"),
        ]

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.MEMBER, str(self.user_id), self.user.name or self.user.email)

    @property
    def manages_integrations(self) -> bool:
        return self.role in MANAGERS

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    def has_scope(self, scope: Scope | None) -> bool:
        return True


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def of(self, business_id: str) -> Self:
        return self.filter(business_id=business_id)

    def live(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def of_ai(self) -> Self:
        """Those whose program answers by itself."""
        return self.filter(kind=ActorKind.AI)


class ApiKey(models.Model):
    """A key of a business, for a program. Kept as a hash; a revoked one stays, because what it did stays."""

    id = models.UUIDField(primary_key=True, default=new_id)
    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    kind = models.CharField(
        max_length=16, choices=[(kind, kind) for kind in (ActorKind.AI, ActorKind.SERVICE)]
    )
    scopes = models.JSONField(default=list)
    prefix = models.CharField(max_length=32, unique=True)  # The part that is shown, and found by.
    key_hash = models.CharField(max_length=64)
    last_used_at = models.DateTimeField(null=True)  # To the minute.
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    ip: str | None = None  # Where the request came from that this row was read for; not kept.

    objects: ClassVar = ApiKeyQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["business", "created_at", "id"], name="api_keys_newest_first")
        ]

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind(self.kind), str(self.pk), self.name)

    @property
    def manages_integrations(self) -> bool:
        """Its scopes decide; what has no scope is closed to keys before a role is asked for."""
        return True

    @property
    def is_owner(self) -> bool:
        return False

    def has_scope(self, scope: Scope | None) -> bool:
        return scope is not None and scope in self.scopes


class CallCount(models.Model):
    """The calls of a business, or of one caller, in a minute, as far as the processes have told them."""

    key = models.CharField(primary_key=True, max_length=200)
    minute = models.BigIntegerField()  # Since 1970.
    calls = models.PositiveIntegerField()


# Who asks for something, in one business.
Caller = Membership | ApiKey


class ForeignIdentity(models.Model):
    """A person as another issuer's tokens know them."""

    id = models.UUIDField(primary_key=True, default=new_id)
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="foreign_identities")
    # Businesses that its tokens named and that were looked at: a member who was removed is not made again.
    seen_in = models.JSONField(default=list)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_person_per_issuer_and_subject"),
        ]


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
