"""What a conversation shows of the platform's own words about it: marketing, and which app answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from backend.api import words
from backend.api.serializers import CamelCase, Choice, TextOrNull
from backend.conversations.models import Conversation
from backend.integrations.adapters import app, second_app_ids
from backend.lib.json_types import JSONObject


def marketing_of(standing: JSONObject) -> str:
    """Whether the contact takes marketing, in a word of the wire."""
    told = standing.get("marketing")
    if told is None:
        return words.UNTOLD
    return words.ALLOWED if told["is"] else words.STOPPED


@dataclass(frozen=True, slots=True)
class Owner:
    """The app that answers; None where the platform did not say which."""

    app_id: str | None
    is_this_service: bool | None
    since: datetime


def owner_of(standing: JSONObject) -> Owner | None:
    """The app that answers, by the platform's last word; None where it never said."""
    told = standing.get("owner")
    if told is None:
        return None
    app_id = told["is"] or None
    is_ours = app_id in {app().app_id, *second_app_ids()} if app_id else None
    return Owner(app_id, is_ours, datetime.fromisoformat(told["at"]))


def show_owner(standing: JSONObject) -> JSONObject | None:
    """The same as it travels in bare rows."""
    owner = owner_of(standing)
    if owner is None:
        return None
    return {"appId": owner.app_id, "isThisService": owner.is_this_service, "since": owner.since}


class Marketing(Choice):
    def get_attribute(self, instance: Conversation) -> str:
        return marketing_of(instance.standing)


@extend_schema_serializer(component_name="ThreadOwner")
class ThreadOwnerOut(CamelCase):
    """Which app answers on the platform, where it said so. Null in it: the platform did not say which."""

    app_id = TextOrNull()
    is_this_service = serializers.BooleanField(allow_null=True)
    since = serializers.DateTimeField()

    def get_attribute(self, instance: Conversation) -> Owner | None:
        return owner_of(instance.standing)
