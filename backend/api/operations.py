from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api import words
from backend.api.door import PublicDoor
from backend.api.failures import SERVICE_UNAVAILABLE
from backend.api.schema import EVERYWHERE, RESPONSE_HEADERS, ErrorOut, failures, operation
from backend.api.serializers import Answer, Choice
from backend.integrations import vault

TAG = "Operations"


class AliveAnswer(Answer):
    """The process answers."""

    alive = serializers.BooleanField()


class ReadyAnswer(Answer):
    """`vault`: whether every key that ever sealed a token is at hand; unreadable tokens need their key back."""

    ready = serializers.BooleanField()
    version = serializers.CharField(help_text="The release, or the commit.")
    vault = Choice(words.VAULT_STATES)


@extend_schema_serializer(component_name="NotReady", many=False)
class NotReady(ErrorOut):
    """A failure that also says what runs here."""

    ready = serializers.BooleanField()
    version = serializers.CharField()


READY: dict[str, Any] = {"success": True, "ready": True, "version": "1.0.0", "vault": "ok"}
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
        if not is_migrated():
            body = {**SERVICE_UNAVAILABLE.envelope(), "ready": False, "version": version()}
            return Response(body, status=503, headers=SERVICE_UNAVAILABLE.headers())
        state = "unreadable" if vault.unreadable_keys() else "ok"
        return Response(ReadyAnswer({"ready": True, "version": version(), "vault": state}).data)


def is_migrated() -> bool:
    """Whether the database is reachable and holds every migration of this release."""
    try:
        return expected_migrations() <= set(MigrationRecorder(connection).applied_migrations())
    except Error:
        return False


@lru_cache(maxsize=1)
def expected_migrations() -> frozenset[tuple[str, str]]:
    """Every migration on disk."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations or {})


@lru_cache(maxsize=1)
def version() -> str:
    """The release that the settings name, else the commit that is checked out."""
    return settings.RELEASE or commit_of(settings.BASE_DIR / ".git") or "unknown"


def commit_of(git: Path) -> str:
    """The commit that HEAD points to; empty where there is none."""
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        reference = head.removeprefix("ref: ")
        loose = git / reference
        return loose.read_text().strip() if loose.exists() else _packed(git, reference)
    except OSError:
        return ""


def _packed(git: Path, reference: str) -> str:
    lines = (line.split(" ") for line in (git / "packed-refs").read_text().splitlines())
    return next((words[0] for words in lines if words[1:] == [reference]), "")
