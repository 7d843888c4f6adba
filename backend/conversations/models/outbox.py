"""
The outbox as those see it who send: which accounts have something to send, what comes next in each, and the claim.

An outbox row is taken in two steps of one transaction: `pick` locks what may go out next, and passes over what another
worker holds; `claim` makes of these what the caller has room for ours to send.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from backend.conversations.models.messages import Direction, Message
from backend.engine.rows import dumped, source
from backend.platforms.port import DeliveryStatus

# Outbound is implied: nothing else is ever queued.
ACCOUNTS = """
WITH RECURSIVE waiting(integration_id) AS (
    SELECT integration_id FROM (
        SELECT integration_id FROM conversations_message
        WHERE delivery_status = 'QUEUED' AND due_at <= %s ORDER BY integration_id LIMIT 1
    ) AS first
    UNION ALL
    SELECT (SELECT message.integration_id FROM conversations_message message
            WHERE message.delivery_status = 'QUEUED' AND message.due_at <= %s
            AND message.integration_id > waiting.integration_id ORDER BY message.integration_id LIMIT 1)
    FROM waiting WHERE waiting.integration_id IS NOT NULL
)
SELECT integration_id FROM waiting WHERE integration_id IS NOT NULL
"""
# The first waiting message of each conversation, so that the order within a conversation holds.
NEXT = """
SELECT message.id, message.integration_id, message.conversation_id, message.type
FROM conversations_message message
WHERE message.integration_id = {integration} AND message.delivery_status = 'QUEUED' AND message.due_at <= {at}
AND NOT EXISTS (
    SELECT 1 FROM conversations_message earlier
    WHERE earlier.conversation_id = message.conversation_id AND earlier.direction = 'OUTBOUND'
    AND earlier.delivery_status IN ('QUEUED', 'SENDING') AND earlier.id < message.id
)
ORDER BY message.due_at, message.id LIMIT {most}
"""
POSTGRES_NEXT = (
    "SELECT picked.* FROM json_to_recordset(%s::json) AS said(integration uuid, most int) CROSS JOIN LATERAL ("
    + NEXT.format(integration="said.integration", at="%s", most="said.most")
    + " FOR NO KEY UPDATE OF message SKIP LOCKED) AS picked"
)
SQLITE_NEXT = f"SELECT * FROM ({NEXT.format(integration='%s', at='%s', most='%s')})"
CLAIM = """
UPDATE conversations_message
SET delivery_status = 'SENDING', claimed_at = %s, attempts = attempts + 1, paced_until = said.paced_until
FROM {said} WHERE conversations_message.id = said.id AND conversations_message.delivery_status = 'QUEUED'
RETURNING conversations_message.id
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that may go out next."""

    id: UUID
    integration_id: UUID
    conversation_id: UUID
    type: str


def waiting_accounts(at: datetime) -> list[UUID]:
    """Integrations with queued messages whose time has come; a step in an index each, however long their queues are."""
    present = _adapted(at)
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, [present, present])
        return [_uuid(value) for (value,) in cursor.fetchall()]


def pick(at: datetime, most: Mapping[UUID, int]) -> list[Waiting]:
    """Up to so many messages of each integration that may go out now, oldest first; locked for this transaction."""
    if not most:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            *(_for_postgres(at, most) if connection.vendor == "postgresql" else _for_sqlite(at, most))
        )
        rows = cursor.fetchall()
    return [
        Waiting(_uuid(own_id), _uuid(integration), _uuid(conversation), kind)
        for own_id, integration, conversation, kind in rows
    ]


def claim(chosen: Iterable[tuple[UUID, datetime | None]], at: datetime) -> list[UUID]:
    """Those that are now ours to send, of messages and until when each takes up the limit of its person."""
    rows = list(chosen)
    if not rows:
        return []
    statement = CLAIM.format(said=source(Message, ("id", "paced_until")))
    with connection.cursor() as cursor:
        cursor.execute(statement, [_adapted(at), dumped(rows)])
        return [_uuid(value) for (value,) in cursor.fetchall()]


def paced_until(conversations: Sequence[UUID], since: datetime) -> dict[UUID, datetime]:
    """Until when each person's limit is taken up by what they were sent since then."""
    sent = Message.objects.filter(
        conversation__in=conversations,
        direction=Direction.OUTBOUND,
        sent_at__gte=since,
        paced_until__isnull=False,
    ).exclude(delivery_status=DeliveryStatus.QUEUED)
    return dict(sent.order_by().values_list("conversation").annotate(Max("paced_until")))


def _for_postgres(at: datetime, most: Mapping[UUID, int]) -> tuple[str, list[Any]]:
    said = [{"integration": integration, "most": number} for integration, number in most.items()]
    return POSTGRES_NEXT, [dumped(said), _adapted(at)]


def _for_sqlite(at: datetime, most: Mapping[UUID, int]) -> tuple[str, list[Any]]:
    parameters: list[Any] = []
    for integration, number in most.items():
        parameters += [integration.hex, _adapted(at), number]
    return " UNION ALL ".join([SQLITE_NEXT] * len(most)), parameters


def _adapted(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _uuid(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))
