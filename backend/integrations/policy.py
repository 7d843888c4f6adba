"""
What a business chose for an account.

The row's `settings` hold only what was chosen, under the names of the wire; everything else is as it is by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from backend.businesses import audit
from backend.businesses.audit import Action
from backend.businesses.models import ApiKey, Caller
from backend.integrations.models import ChannelIntegration
from backend.integrations.state import save_changed
from backend.lib.json_types import JSON
from backend.lib.refusal import Refusal
from backend.platforms.registry import PLATFORMS

HUMAN_AGENT = "humanAgent"  # The feature, and the setting that makes use of it.


class ReadPolicy(StrEnum):
    """When the contact is shown that the business has read."""

    ON_REPLY = "ON_REPLY"  # As soon as somebody answers.
    ON_OPEN = "ON_OPEN"  # As soon as somebody opens the conversation, or answers.
    NEVER = "NEVER"


class FirstHandler(StrEnum):
    """Who answers in a new conversation."""

    AI = "AI"
    HUMAN = "HUMAN"


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for an account now."""

    read_policy: ReadPolicy
    quiet_for_seconds: int  # How long a contact is silent before what they wrote counts as one turn.
    new_conversation_handler: FirstHandler
    human_reply_takes_over: bool
    human_agent: bool  # The platform approved that people answer later than the window allows.


class HumanAgentUnsupported(Refusal):
    code = "unsupported_by_platform"
    message = "This platform has no tag for answers of people after the window."
    resolution = "Leave humanAgent off; after the window the platform takes templates only."


def policy_of(integration: ChannelIntegration) -> Policy:
    """What was chosen for the account, with the defaults for the rest."""
    chosen = integration.settings
    return Policy(
        read_policy=ReadPolicy(chosen.get("readPolicy", ReadPolicy.ON_REPLY)),
        quiet_for_seconds=chosen.get("quietForSeconds", 0),
        new_conversation_handler=first_handler(integration),
        human_reply_takes_over=takes_over(integration),
        human_agent=chosen.get(HUMAN_AGENT, False),
    )


def takes_over(integration: ChannelIntegration) -> bool:
    """Whether a conversation is a person's from their first answer on."""
    return bool(integration.settings.get("humanReplyTakesOver", True))


def first_handler(integration: ChannelIntegration) -> FirstHandler:
    """Who answers in a new conversation: as it was chosen, else the AI where the business has a key for one."""
    chosen = integration.settings.get("newConversationHandler")
    if chosen:
        return FirstHandler(chosen)
    answers = integration.ai_answers
    if answers is None:  # The row was loaded without `with_ai`.
        answers = ApiKey.objects.of(integration.business_id).live().of_ai().exists()
    return FirstHandler.AI if answers else FirstHandler.HUMAN


def change_settings(
    integration_id: UUID, changes: Mapping[str, JSON], *, by: Caller | None
) -> ChannelIntegration:
    """Choose anew what is named, as the wire names it; None goes back to the default. Raises HumanAgentUnsupported."""
    with transaction.atomic():
        rows = ChannelIntegration.objects.select_for_update(no_key=True)
        integration: ChannelIntegration = rows.get(pk=integration_id)
        features = PLATFORMS[integration.platform].features
        if changes.get(HUMAN_AGENT) and HUMAN_AGENT not in features:
            raise HumanAgentUnsupported
        before = integration.settings
        after = {name: value for name, value in {**before, **changes}.items() if value is not None}
        if after != before:
            integration.settings = after
            save_changed(integration, "settings")
            told = {name: {"from": before.get(name), "to": after.get(name)} for name in changes}
            detail = {"platform": integration.platform, "settings": told}
            audit.note(integration.business_id, Action.SETTINGS_CHANGED, integration.pk, by=by, detail=detail)
    return integration
