"""What a conversation shows of the platform's own words about it: marketing, and which app answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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


def owner_of(standing: JSONObject) -> dict[str, Any] | None:
    """The app that answers, by the platform's last word; None where it never said."""
    told = standing.get("owner")
    if told is None:
        return None
    app_id = told["is"]
    return {
        "appId": app_id or None,
        "isThisService": app_id in {app().app_id, *second_app_ids()} if app_id else None,
        "since": datetime.fromisoformat(told["at"]),
    }


class Marketing(Choice):
    def get_attribute(self, instance: Conversation) -> str:
        return marketing_of(instance.standing)


@extend_schema_serializer(component_name="ThreadOwner")
class ThreadOwnerOut(CamelCase):
    """Which app answers on the platform, where it said so. Null in it: the platform did not say which."""

    app_id = TextOrNull()
    is_this_service = serializers.BooleanField(allow_null=True)
    since = serializers.DateTimeField()

    def get_attribute(self, instance: Conversation) -> dict[str, Any] | None:
        return owner_of(instance.standing)
