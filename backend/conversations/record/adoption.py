"""Finds our own outbox row behind an echo, and completes it instead of filing a second message.

By the mark we gave along; else, for platforms that return none, by the same text to the same contact while
the row has no id of the platform yet (its answer is on the way, or was lost).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from backend.conversations.marks import read_mark
from backend.conversations.models import Message
from backend.conversations.record.attempts import stands_for
from backend.conversations.record.folder import Folder, Key
from backend.conversations.record.named import Named
from backend.conversations.record.persons import key_of
from backend.conversations.record.steps import platform_time, take_step
from backend.conversations.status import OUTCOME_UNKNOWN, UNFINISHED
from backend.integrations.models import ChannelIntegration
from backend.lib.storable import storable_id, storable_text
from backend.platforms.port import DeliveryStatus, MessageEchoed

# An echo without our mark is taken for ours only when it is this close to our own try.
ADOPTION_WITHIN = timedelta(hours=1)


class Adoption:
    """The outbox rows that wait for an echo, in the conversations of one batch."""

    def __init__(self, named: Named, folders: Mapping[Key, Folder], own_app_id: str) -> None:
        self.own_app_id = own_app_id
        self.folders = folders
        self.candidates = [row for row in named.without_id if _may_be_sent(row)]

    def take(self, integration: ChannelIntegration, echo: MessageEchoed) -> Message | None:
        """The unsaved row that the echo is of, now with the platform's id and time; None where it is not ours."""
        conversation = self.folders[key_of(integration, echo.contact)].conversation
        message = next((m for m in self.candidates if self._is_echo_of(m, echo, conversation.pk)), None)
        if message is None:
            return None
        self.candidates.remove(message)
        message.external_id = storable_id(echo.external_id)
        message.sent_at = platform_time(echo.occurred_at)
        take_step(message, DeliveryStatus.SENT)
        return message

    def may_be_ours(self, echo: MessageEchoed, conversation_id: UUID) -> bool:
        """Whether an echo that is of none of our rows may be our own all the same: nobody took over by it."""
        if echo.app_id:
            return echo.app_id == self.own_app_id
        return any(self._is_near(row, echo, conversation_id) for row in self.candidates)

    def _is_echo_of(self, message: Message, echo: MessageEchoed, conversation_id: UUID) -> bool:
        if message.conversation_id != conversation_id:
            return False
        if echo.correlation_id:
            mark = read_mark(echo.correlation_id)
            if mark is None or mark.message_id != message.pk:
                return False
            return mark.resends == message.resends or stands_for(message)
        if echo.app_id and echo.app_id != self.own_app_id:
            return False
        # Two files without words look alike; at least they have to be of one kind.
        alike = message.text == storable_text(echo.text) and (message.text or message.type == echo.type)
        return bool(alike) and self._is_near(message, echo, conversation_id)

    def _is_near(self, message: Message, echo: MessageEchoed, conversation_id: UUID) -> bool:
        """Whether this row of the conversation was being sent at about the time of the echo."""
        # Queued for the first time, it was never sent; queued again, it may have been.
        never_sent = message.delivery_status == DeliveryStatus.QUEUED and not message.resends
        if message.conversation_id != conversation_id or never_sent:
            return False
        tried_at = message.claimed_at or message.sent_at
        return abs(platform_time(echo.occurred_at) - tried_at) < ADOPTION_WITHIN


def _may_be_sent(message: Message) -> bool:
    lost = message.delivery_status == DeliveryStatus.FAILED and message.error_code == OUTCOME_UNKNOWN
    return lost or message.delivery_status in UNFINISHED
