from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api import metrics, words
from backend.api.backlogs import backlogs
from backend.api.door import PublicDoor
from backend.api.failures import SERVICE_UNAVAILABLE
from backend.api.release import version
from backend.api.schema import EVERYWHERE, RESPONSE_HEADERS, ErrorOut, failures, operation
from backend.api.serializers import Answer, CamelCase, Choice
from backend.integrations import vault
from backend.lib.clock import now
from backend.sending.held import held_now

TAG = "Operations"


class AliveAnswer(Answer):
    """The process answers."""

    alive = serializers.BooleanField()


class LaneOut(CamelCase):
    """The work that waits in one lane."""

    waiting = serializers.IntegerField(help_text="How much is due now; 10,000 means that much or more.")
    oldest_seconds = serializers.FloatField(help_text="How long the oldest of it has been due.")


class ReadyAnswer(Answer):
    """
    `vault`: whether every key that ever sealed a token is at hand; unreadable tokens need their key back.

    `lanes`: the work that waits, by the names of the lanes; for people, it never makes this fail.
    """

    ready = serializers.BooleanField()
    version = serializers.CharField(help_text="The release, or the commit.")
    vault = Choice(words.VAULT_STATES)
    lanes = serializers.DictField(child=LaneOut())
    platform_outages = serializers.ListField(
        child=serializers.CharField(),
        help_text="Logins whose hosts fail for several accounts at once: sending waits until they answer.",
    )


@extend_schema_serializer(component_name="NotReady", many=False)
class NotReady(ErrorOut):
    """A failure that also says what runs here."""

    ready = serializers.BooleanField()
    version = serializers.CharField()


READY: dict[str, Any] = {
    "success": True,
    "ready": True,
    "version": "1.0.0",
    "vault": "ok",
    "lanes": {
        "inbox": {"waiting": 2, "oldestSeconds": 0.014},
        "outbox": {"waiting": 0, "oldestSeconds": 0.0},
    },
    "platformOutages": [],
}
FIGURES = """\
# HELP gateway_lane_waiting Rows that a lane has to take up now; counted up to 10,000.
# TYPE gateway_lane_waiting gauge
gateway_lane_waiting{lane="inbox"} 2.0
"""
NOT_READY = {**SERVICE_UNAVAILABLE.envelope(), "ready": False, "version": "1.0.0"}


class HealthViewSet(PublicDoor):
    """For load balancers and people on duty."""

    @operation(
        "isAlive",
        TAG,
        "Is the process alive",
        answer=AliveAnswer,
        examples={"Alive": {"success": True, "alive": True}},
        takes=(),
    )
    def alive(self, request: Request) -> Response:
        """Says nothing of the database."""
        return Response(AliveAnswer({"alive": True}).data)

    @extend_schema(
        operation_id="isReady",
        tags=[TAG],
        summary="Can it serve requests",
        parameters=list(RESPONSE_HEADERS),
        responses={
            200: OpenApiResponse(ReadyAnswer, examples=[OpenApiExample("Ready", value=READY)]),
            **failures(EVERYWHERE),
            503: OpenApiResponse(
                NotReady,
                description="`service_unavailable`",
                examples=[OpenApiExample("NotReady", value=NOT_READY)],
            ),
        },
    )
    def ready(self, request: Request) -> Response:
        """The database is reachable and migrated. Work that waits never makes it fail."""
        found = look()
        if found is None:
            body = {**SERVICE_UNAVAILABLE.envelope(), "ready": False, "version": version()}
            return Response(body, status=503, headers=SERVICE_UNAVAILABLE.headers())
        return Response(ReadyAnswer({"ready": True, "version": version(), **found}).data)

    @extend_schema(
        operation_id="readMetrics",
        tags=[TAG],
        summary="The figures that Prometheus reads",
        parameters=list(RESPONSE_HEADERS),
        responses={
            (200, "text/plain"): OpenApiResponse(
                OpenApiTypes.STR, examples=[OpenApiExample("Figures", value=FIGURES)]
            ),
            **failures((NotAuthenticated, *EVERYWHERE)),
        },
    )
    def metrics(self, request: Request) -> HttpResponse:
        """Counters of this process, and what waits in the whole installation. Needs the `METRICS_TOKEN` of the settings
        as a bearer token, except in a sandbox that sets none."""
        metrics.refuse_strangers(request)
        return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def look() -> dict[str, Any] | None:
    """What the answer tells of the database; None where it is not reachable, or not migrated."""
    try:
        if not is_migrated():
            return None
        state = "unreadable" if vault.unreadable_keys() else "ok"
        return {"vault": state, "lanes": backlogs(now()), "platform_outages": held_now().outages}
    except Error:
        return None


def is_migrated() -> bool:
    """Whether the database holds every migration of this release. Raises what the database raises."""
    return expected_migrations() <= set(MigrationRecorder(connection).applied_migrations())


@lru_cache(maxsize=1)
def expected_migrations() -> frozenset[tuple[str, str]]:
    """Every migration on disk."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations or {})
