"""Whether the values fit the template, as the last sync found it; and what the customer will read."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog

from backend.integrations import templates
from backend.integrations.models import ChannelIntegration, MessageTemplate, TemplateSync
from backend.integrations.template_parts import parts_of_template
from backend.integrations.vault import VaultUnreadable
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.platforms.errors import PlatformError
from backend.sending.errors import Unfitting
from backend.sending.template_faults import faults_of
from backend.sending.template_text import shown_of

logger = structlog.get_logger(__name__)

# The platform's refusals of a template: its parameters, its approval, its quality.
KNOWN_OTHERWISE = frozenset({132000, 132001, 132007, 132008, 132012, 132015, 132016, 132018, 134102})

APPROVED = "APPROVED"
LOOK_AGAIN_AFTER = timedelta(seconds=30)  # A template that is not here may be new at the platform.
BODY_LIMIT = 1024  # Of the body with its values.


def check_template(integration: ChannelIntegration, content: JSONObject) -> tuple[str, JSONObject]:
    """What the customer will read: the text, and all parts of it. Raises Unfitting."""
    template = _find(integration, content["name"], content["language"])
    parts = parts_of_template(template.components, template.category)
    given = content.get("components", [])
    faults = [*faults_of(parts, given, template.named)]
    shown = shown_of(parts, given, template.named)
    if len(shown.get("body", "")) > BODY_LIMIT:
        faults.append(("components", f"The body with its values has more than {BODY_LIMIT} characters."))
    if faults:
        raise Unfitting.of([(f"template.{path}", text) for path, text in faults])
    return shown.get("body") or template.name, shown


def note_refusal(integration_id: UUID, error: PlatformError) -> None:
    """Where the platform knows the template otherwise than we do, it is read again."""
    if error.words.code in KNOWN_OTHERWISE:
        templates.ask_for_sync([integration_id])


def _find(integration: ChannelIntegration, name: str, language: str) -> MessageTemplate:
    found = _look(integration, name, language)
    if (found is None or found.status != APPROVED) and _may_look_again(integration):
        try:
            templates.sync(integration)
        except (PlatformError, VaultUnreadable) as error:
            logger.info("templates.not_read", integration_id=str(integration.pk), code=error.code)
        found = _look(integration, name, language)
    if found is None:
        raise _unknown(integration, name)
    if found.status != APPROVED:
        reason = f": {found.rejected_reason}" if found.rejected_reason else ""
        raise Unfitting.of(
            [("template.name", f"It is not approved by the platform ({found.status}{reason}).")]
        )
    return found


def _look(integration: ChannelIntegration, name: str, language: str) -> MessageTemplate | None:
    return templates.templates_of(integration).filter(name=name, language=language).first()


def _may_look_again(integration: ChannelIntegration) -> bool:
    synced_at = TemplateSync.objects.filter(pk=integration.pk).values_list("synced_at", flat=True).first()
    return synced_at is None or synced_at < now() - LOOK_AGAIN_AFTER


def _unknown(integration: ChannelIntegration, name: str) -> Unfitting:
    languages = templates.templates_of(integration).filter(name=name).order_by("language")
    offered = ", ".join(languages.values_list("language", flat=True)[:20])
    if offered:
        return Unfitting.of([("template.language", f"There is none in this language; there is: {offered}.")])
    return Unfitting.of([("template.name", "The account has no template of this name.")])
