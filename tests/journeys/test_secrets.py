"""Nothing secret leaves: not by a row, an answer, a log line or an error."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from backend.config.logs import logging_config
from backend.integrations.models import SEALED_FIELDS
from backend.lib.crypto import new_key
from tests.journeys.browser import RETURN_TO, finish, land
from tests.journeys.conftest import Desk, Phone, Work
from tests.journeys.test_conversation import started
from tests.journeys.test_faults import make_due


@pytest.fixture
def log_lines(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged, at the lowest level, as it would be written."""
    logging_config(level="DEBUG", style="json")
    path = tmp_path / "log.txt"
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.getLogger().handlers[0].formatter)
    logging.getLogger().addHandler(handler)
    for name in ("httpx2", "httpcore2", "django.request", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield path
    logging.getLogger().removeHandler(handler)
    logging_config(level=settings.LOG_LEVEL, style=settings.LOG_FORMAT)


def test_a_whole_journey_leaves_no_token_behind(
    owner: Desk, phone: Phone, work: Work, log_lines: Path
) -> None:
    answers = walk_everything(owner, phone, work)
    world = phone.world()
    tokens = {*world["tokens"], *(app["secret"] for app in world["apps"]), settings.META_APP_SECRET}
    assert len(tokens) > 10

    logs = log_lines.read_text()
    assert len(logs) > 1000
    rows = dump_of_the_database()
    assert "eyJ" in rows  # The sealed columns are there …
    for place, text in (("an answer", answers), ("the log", logs), ("the database", rows)):
        leaked = [token for token in tokens if token in text]
        assert leaked == [], f"{len(leaked)} tokens stand in {place}"


def test_the_four_columns_hold_sealed_text(owner: Desk, phone: Phone) -> None:
    owner.connect("MESSENGER")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(SEALED_FIELDS)} FROM channel_integrations")
        [row] = cursor.fetchall()
    kept = dict(zip(SEALED_FIELDS, row, strict=True))
    assert kept.pop("refresh_token") is None  # No platform has one today.
    for text in kept.values():
        header, encrypted_key, *rest = text.split(".")
        assert (header[:3], encrypted_key, len(rest)) == ("eyJ", "", 3)


def test_a_missing_key_is_a_state_and_not_a_crash(
    owner: Desk, phone: Phone, work: Work, settings: Any
) -> None:
    conversation = started(owner, phone, work, "MESSENGER")
    settings.ENCRYPTION_KEYS = f"k2:{new_key()}"
    row = owner.integration("MESSENGER")
    assert (row["accessToken"], row["health"]) == ("***masked***", "reconnect")
    tested = owner.post(f"/api/integrations/{row['id']}/test")
    assert tested["success"] is False
    assert tested["checks"][0]["code"] == "secrets_unreadable"
    owner.reply(conversation, "hello")
    work()
    failed = owner.messages(conversation)[-1]
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "secrets_unreadable")
    assert failed["error"]["resolution"]


def walk_everything(owner: Desk, phone: Phone, work: Work) -> str:
    """Connect both ways, talk, fail, test, refresh, leave; every answer as text."""
    said: list[Any] = []
    ways: list[tuple[str, dict[str, Any]]] = [
        ("INSTAGRAM", {"login": "instagram"}),
        ("INSTAGRAM", {"login": "facebook"}),
        ("MESSENGER", {}),
        ("WHATSAPP", {}),
    ]
    for platform, way in ways:
        conversation = started(owner, phone, work, platform, **way)
        begun = owner.connect(platform, flow="oauth", returnTo=RETURN_TO, **way)
        said += [begun, finish(owner, land(owner, phone.approve(begun["authorizationUrl"])))]
        path = f"/api/integrations/{begun['integration']['id']}"
        phone.post("/sim/faults", graph={"rateLimit": 1})
        said.append(owner.reply(conversation, "hello"))
        work()
        make_due()
        work()
        said += [owner.post(f"{path}/test"), owner.post(f"{path}/refresh")]
        phone.post("/sim/faults", graph={"expireTokens": True})
        said.append(owner.reply(conversation, "dead"))
        work()
        said.append(owner.messages(conversation))
        said += [owner.post(f"{path}/test"), owner.client.post(f"{path}/refresh").json()]
        phone.post("/sim/faults")
        said += [owner.connect(platform), owner.get("/api/integrations"), owner.get("/api/webhook-events")]
    said += [owner.conversations(), owner.delete(path)]
    return str(said)


def dump_of_the_database() -> str:
    if connection.vendor == "sqlite":
        with sqlite3.connect(connection.settings_dict["NAME"]) as reader:
            return "\n".join(reader.iterdump())
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")
            rows += [row[0] for row in cursor.fetchall()]
        return "\n".join(rows)
