"""How files travel."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from backend.api.serializers import Answer, CamelCase, Shape, TextOrNull
from backend.files.links import link_to
from backend.files.models import StoredFile
from backend.lib.json_types import JSONObject


@extend_schema_serializer(component_name="Media")
class MediaOut(CamelCase):
    """A file that can be sent, by its id, within a day. Its type is what the bytes say."""

    id = serializers.UUIDField()
    mime_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.SerializerMethodField()
    name = TextOrNull()

    def get_url(self, row: StoredFile) -> str:
        return link_to(row.pk)


class MediaAnswer(Answer):
    """The file that was handed in."""

    media = MediaOut()


@extend_schema_field({"type": "string", "format": "binary"})
class Upload(serializers.FileField):
    """The part of a form that holds a file."""


class NewMedia(Shape):
    """A form with one file."""

    file = Upload()


def show_media(row: StoredFile) -> dict[str, Any]:
    """The body of the answer."""
    return dict(MediaAnswer({"media": row}).data)


MEDIA: JSONObject = {
    "id": "0193f2a1-3c55-7d0e-8a41-5b1f8d7c2e77",
    "mimeType": "image/jpeg",
    "size": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "url": "https://gateway.example.com/api/media/0193f2a1-3c55-7d0e-8a41-5b1f8d7c2e77"
    "?expires=1750335600&signature=kq3Zr0l9",
    "name": "hat.jpg",
}
ONE_MEDIA: JSONObject = {"success": True, "media": MEDIA}
