"""The templates of a WhatsApp Business account, as Meta lists them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, object_of, objects_in, text_of

FIELDS = "id,name,language,status,category,parameter_format,components,quality_score,rejected_reason"
NO_REASON = "NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFacts:
    """What Meta says of a template."""

    external_id: str
    name: str
    language: str
    status: str  # APPROVED, PENDING, REJECTED, PAUSED, DISABLED …
    category: str  # AUTHENTICATION, MARKETING, UTILITY
    quality: str  # GREEN, YELLOW, RED, UNKNOWN; empty where Meta says nothing.
    rejected_reason: str
    named: bool  # Its parameters have names; else they are counted.
    components: list[JSONObject]


def read_template(row: JSONObject) -> TemplateFacts | None:
    """The template of a row; None where the row does not say which."""
    name, language = text_of(row.get("name")), text_of(row.get("language"))
    if not name or not language:
        return None
    reason = text_of(row.get("rejected_reason"))
    return TemplateFacts(
        external_id=id_of(row.get("id")),
        name=name,
        language=language,
        status=text_of(row.get("status")).upper(),
        category=text_of(row.get("category")).upper(),
        quality=text_of(object_of(row.get("quality_score")).get("score")).upper(),
        rejected_reason="" if reason == NO_REASON else reason,
        named=text_of(row.get("parameter_format")).upper() == "NAMED",
        components=objects_in(row.get("components")),
    )
