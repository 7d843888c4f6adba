"""Half of all conversations in one business, a tenth of all messages in one conversation; made by the server itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

BUSINESSES = 100
LARGE_SHARE = 2  # One business has a half of the conversations ...
LONG_SHARE = 10  # ... and one conversation a tenth of the messages.

# Ids that grow, as those of the product do; the first digits say of what they are.
ID = "('{kind}0000000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"


LARGE_BUSINESS = "business-1"
LONG_CONVERSATION = "c0000000-0000-7000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows there are."""

    conversations: int
    messages: int


def _id(kind: str, n: str) -> str:
    return ID.format(kind=kind, n=n)


# The conversations of the large business come first, and the first of them is the long one.
BUSINESS_OF = f"(CASE WHEN n <= @large THEN 1 ELSE 2 + n % {BUSINESSES - 1} END)"
AT = "timestamptz '2026-03-01' + n * interval '7 seconds'"

STATEMENTS = (
    f"""INSERT INTO businesses_business (id, name, created_at)
        SELECT 'business-' || n, 'Business ' || n, now() FROM generate_series(1, {BUSINESSES}) n""",
    f"""INSERT INTO channel_integrations (id, business_id, platform, status, account_id, platform_account_id,
            platform_account_name, webhook_subscribed, permissions, features, metadata, settings, reconnecting,
            connection_attempts, created_at, updated_at, access_token)
        SELECT {_id("a", "n")}, 'business-' || n, 'WHATSAPP', 'CONNECTED', 'account-' || n, 'waba-' || n,
            'Shop ' || n, true, '[]', '[]', '{{}}', '{{}}', false, 0, now(), now(), repeat('x', 400)
        FROM generate_series(1, {BUSINESSES}) n""",
    f"""INSERT INTO conversations_contact (id, business_id, integration_id, account_id, external_id, name, username,
            phone, user_id, picture_url, created_at)
        SELECT {_id("b", "n")}, 'business-' || b, {_id("a", "b")}, 'account-' || b, '1650' || n, 'Customer ' || n,
            '', '1650' || n, '', '', now()
        FROM (SELECT n, {BUSINESS_OF} b FROM generate_series(1, @conversations) n) rows""",
    f"""INSERT INTO conversations_conversation (id, business_id, integration_id, contact_id, platform, account_id,
            status, handler, unread_count, last_message_id, last_message_at, last_inbound_at, typing_on, created_at)
        SELECT {_id("c", "n")}, 'business-' || b, {_id("a", "b")}, {_id("b", "n")}, 'WHATSAPP', 'account-' || b,
            'OPEN', 'HUMAN', n % 3, {_id("d", "n")}, {AT}, {AT}, false, now()
        FROM (SELECT n, {BUSINESS_OF} b FROM generate_series(1, @conversations) n) rows""",
    f"""INSERT INTO conversations_message (id, business_id, integration_id, conversation_id, account_id, direction,
            type, text, payload, reactions, reacted_at, edits, reply_to_external_id, external_id, delivery_status,
            error_code, error_message, error_resolution, author_kind, author_id, author_name, sent_at, created_at,
            attempts)
        SELECT {_id("d", "m")}, 'business-' || b, {_id("a", "b")}, {_id("c", "n")}, 'account-' || b, 'INBOUND',
            'TEXT', 'Is the blue one still there, number ' || m || '?', '{{}}', '[]', '{{}}', '[]', '',
            'wamid.' || m, 'RECEIVED', '', '', '', 'CONTACT', n::text, 'Customer ' || n,
            timestamptz '2026-03-01' + m * interval '2 seconds', now(), 0
        FROM (SELECT m, n, {BUSINESS_OF} b FROM (
            SELECT m, CASE WHEN m > @conversations AND m % {LONG_SHARE} = 0 THEN 1
                ELSE 1 + (m - 1) % @conversations END n
            FROM generate_series(1, @messages) m) spread) rows""",
)


# What a column holds that nothing here is said of, by its type.
NOTHING: dict[str, LiteralString] = {
    "character varying": "''",
    "text": "''",
    "boolean": "false",
    "smallint": "0",
    "integer": "0",
    "bigint": "0",
    "jsonb": "'{}'",
    "timestamp with time zone": "now()",
}
COLUMNS_THAT_WANT_SOMETHING = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = ANY(%s)
    AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
"""
TABLES = [statement.split()[2] for statement in STATEMENTS]


def _let_columns_hold_nothing(cursor: CursorWrapper) -> None:
    """The product gives every column its value; here those matter that are listed."""
    cursor.execute(COLUMNS_THAT_WANT_SOMETHING, [TABLES])
    for table, column, kind in cursor.fetchall():
        if kind in NOTHING:
            change = sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}")
            nothing = sql.SQL(NOTHING[kind])
            cursor.execute(change.format(sql.Identifier(table), sql.Identifier(column), nothing))


def _sized(statement: str, size: Size) -> str:
    for word, number in (
        ("@conversations", size.conversations),
        ("@messages", size.messages),
        ("@large", size.conversations // LARGE_SHARE),
    ):
        statement = statement.replace(word, str(number))
    return statement


def make_rows(size: Size) -> None:
    """Fill the empty tables. Their indexes are built afterwards, which takes a fraction of the time."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # The rows fit; nobody has to check each.
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute("SET statement_timeout = 0")
        _let_columns_hold_nothing(cursor)
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'conversations_message'"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        for statement in STATEMENTS:
            cursor.execute(_sized(statement, size))
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("ANALYZE")
