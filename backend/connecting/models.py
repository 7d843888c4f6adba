"""What connecting keeps for itself: attempts and their steps, consents, the watch, requests to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from backend.businesses.models import Caller, Membership
from backend.integrations.models import LIVE
from backend.lib.clock import now
from backend.lib.ids import new_id
from backend.platforms.port import Login


class Flow(models.TextChoices):
    """The ways to connect."""

    MOCK = "mock"  # The sandbox's: the dialog answers itself.
    OAUTH = "oauth"
    EMBEDDED = "embedded"  # WhatsApp's popup in the browser, which brings a code.
    MANUAL = "manual"  # A permanent token that a member pasted.


class Outcome(models.TextChoices):
    """How the platform's dialog ended."""

    FINISH = "finish"  # Granted; the member who began has to finish it with the ticket.
    CANCELLED = "cancelled"
    FAILED = "failed"


class ConnectionAttemptQuerySet(models.QuerySet["ConnectionAttempt"]):
    def open(self, at: datetime) -> Self:
        return self.filter(expires_at__gt=at, finished_at__isnull=True)

    def due(self, at: datetime) -> Self:
        """Those with a step to be taken now, and that nobody has in hand."""
        free = models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lte=at)
        with_steps = self.filter(free, steps__state__in=OPEN_STATES, steps__due_at__lte=at)
        return with_steps.order_by("pk").distinct()

    def claim(self, attempt_id: UUID, *, at: datetime, until: datetime) -> bool:
        """Whether it is ours now; the database decides who won."""
        free = models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lte=at)
        return bool(self.filter(free, pk=attempt_id).update(claimed_until=until))


class ConnectionAttempt(models.Model):
    """One attempt to connect an account, bound to the business and to the member, or the API key, that began it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    integration = models.ForeignKey(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, related_name="attempts"
    )
    business = models.ForeignKey("businesses.Business", on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey("businesses.Membership", on_delete=models.CASCADE, null=True, related_name="+")
    api_key = models.ForeignKey("businesses.ApiKey", on_delete=models.CASCADE, null=True, related_name="+")
    flow = models.CharField(max_length=16, choices=Flow.choices)
    login = models.CharField(
        max_length=16, default=Login.FACEBOOK.value
    )  # Where the person is sent to log in.
    asked = models.JSONField(default=dict)  # What the request claims: ids, coexistence, whether to replace.
    account_id = models.CharField(max_length=64, blank=True)  # The account that the steps are taken for.
    return_to = models.URLField(max_length=1000, blank=True)
    redirect_uri = models.URLField(max_length=500)
    expires_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)  # The browser came back; the state is used up.
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    answer_hash = models.CharField(max_length=64, blank=True)  # Of the answer that used the state up.
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    error_resolution = models.TextField(blank=True)
    missing = models.JSONField(default=list)  # Permissions that are needed, and that the dialog did not give.
    # The attempt whose dialog left something out, which this one asks for again.
    follows = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="rerequests")
    grant = models.TextField(blank=True)  # Sealed: the code's worth, until an account is chosen.
    pin = models.TextField(blank=True)  # Sealed: the two-step PIN that the number is registered with.
    claimed_until = models.DateTimeField(null=True)  # Somebody takes its steps at this moment.
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar = ConnectionAttemptQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(member__isnull=True) ^ Q(api_key__isnull=True), name="an_attempt_is_begun_by_one"
            ),
            models.UniqueConstraint(
                fields=["follows"],
                condition=Q(returned_at__isnull=True),
                name="one_unanswered_rerequest_of_an_attempt",
            ),
        ]

    def is_begun_by(self, caller: Caller) -> bool:
        """Whether this caller, and nobody else, may finish it."""
        mine = self.member_id if isinstance(caller, Membership) else self.api_key_id
        return mine == caller.pk


class StepState(models.TextChoices):
    """Where a step stands."""

    PENDING = "pending"  # Nobody has taken it yet, or the platform could not answer: it is taken again.
    DONE = "done"
    FAILED = "failed"  # The platform said no; connecting again takes it again.
    SKIPPED = "skipped"  # Not needed, and the message says why.
    WAITING = "waiting"  # The platform decides on something first; it is taken again by itself.


OPEN_STATES = (StepState.PENDING, StepState.WAITING)
UNSETTLED_STATES = (*OPEN_STATES, StepState.FAILED)


class ConnectionStep(models.Model):
    """One step of an attempt, and what became of it. Taken in the order of `position`."""

    attempt = models.ForeignKey(ConnectionAttempt, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=StepState.choices, default=StepState.PENDING)
    at = models.DateTimeField(default=now)  # When the state was last looked at.
    message = models.TextField(blank=True)  # Ours, with the platform's own words where it spoke.
    resolution = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # When it is taken by itself; null: only by a person.
    asked_at = models.DateTimeField(null=True)  # When a request left that must never be made a second time.

    class Meta:
        ordering: ClassVar = ["attempt_id", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attempt", "name"], name="one_step_of_a_name_per_attempt")
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="steps_by_due_time")]


class WatchQuerySet(models.QuerySet["Watch"]):
    def due(self, at: datetime) -> Self:
        """Live integrations whose token is to be renewed or looked at, and that nobody has in hand."""
        free = models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lte=at)
        wanted = models.Q(renew_at__lte=at) | models.Q(inspect_at__lte=at)
        return self.filter(free, wanted, integration__status__in=LIVE).order_by("pk")

    def claim(self, watch_id: UUID, *, at: datetime, until: datetime) -> bool:
        """Whether it is ours now; the database decides who won."""
        free = models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lte=at)
        return bool(self.filter(free, pk=watch_id).update(claimed_until=until))


class Watch(models.Model):
    """When the token of an integration is renewed and looked at again, and what the last look found."""

    integration = models.OneToOneField(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, primary_key=True, related_name="watch"
    )
    renew_at = models.DateTimeField(null=True)  # Null: the token does not expire.
    failures = models.PositiveSmallIntegerField(default=0)  # Renewals that failed in a row.
    inspect_at = models.DateTimeField(default=now)
    claimed_until = models.DateTimeField(null=True)
    told_days = models.PositiveSmallIntegerField(null=True)  # The last rung that the business was told of.
    # Until when the platform shows us the person's data; it outlasts no token, and has a ladder of its own.
    data_access_ends_at = models.DateTimeField(null=True)
    told_data_access_days = models.PositiveSmallIntegerField(null=True)
    checks = models.JSONField(default=list)  # [{code, ok, message, resolution, at}]

    objects: ClassVar = WatchQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["renew_at"], name="watches_by_renewal"),
            models.Index(fields=["inspect_at"], name="watches_by_inspection"),
        ]


class ConsentQuerySet(models.QuerySet["Consent"]):
    def meant_by(self, user_id: str, asked_at: datetime | None) -> Self:
        """Those of this person that were there when the person asked."""
        given = self.filter(user_id=user_id) if user_id else self.none()
        return given.filter(granted_at__lte=asked_at) if asked_at else given


class Consent(models.Model):
    """Who let us act for the account of an integration, and when; kept as long as it lasts."""

    integration = models.OneToOneField(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, primary_key=True, related_name="consent"
    )
    user_id = models.CharField(max_length=64, db_index=True)  # Of the person, as our app at Meta sees them.
    granted_at = models.DateTimeField()

    objects: ClassVar = ConsentQuerySet.as_manager()


class FarewellQuerySet(models.QuerySet["Farewell"]):
    def due(self, at: datetime) -> Self:
        return self.filter(due_at__lte=at).select_related("integration").order_by("due_at")

    def claim(self, farewell: Farewell, *, until: datetime) -> bool:
        """Whether it is ours now; the database decides who won."""
        return bool(self.filter(pk=farewell.pk, due_at=farewell.due_at).update(due_at=until))


class Farewell(models.Model):
    """What the platform is still to be told of an account that was left; gone once it has heard it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    integration = models.ForeignKey(
        "integrations.ChannelIntegration", on_delete=models.CASCADE, related_name="farewells"
    )
    account_id = models.CharField(max_length=64)
    sealed = models.TextField()  # The account with its token, and the access to be given back.
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)  # Why the last try failed.
    tried_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(default=now)

    objects: ClassVar = FarewellQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="farewells_by_due_time")]

    @property
    def is_kept(self) -> bool:
        """Whether it outlives this process."""
        return not self._state.adding


class DeletionState(models.TextChoices):
    """What became of a request to be forgotten."""

    DONE = "DONE"  # What was kept is deleted.
    NOTHING_KEPT = "NOTHING_KEPT"  # There was nothing of this person.


class DeletionRequest(models.Model):
    """A person asked Meta that we forget them. The row says what was done, and nothing of who it was."""

    code = models.CharField(primary_key=True, max_length=32)
    request_hash = models.CharField(max_length=64, unique=True)  # The same request gets the same code.
    state = models.CharField(max_length=16, choices=DeletionState.choices)
    platforms = models.JSONField(
        default=list
    )  # Of the accounts whose access was deleted, one entry for each.
    received_at = models.DateTimeField(default=now)
