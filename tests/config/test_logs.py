"""Whoever has an id, of a request or of a webhook event, finds what was logged of it; secrets are in no line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from django.conf import settings as django_settings
from django.test import Client

from backend.config.logs import logging_config
from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret
from backend.receiving import process, replaying
from backend.receiving.models import WebhookEvent
from tests.conftest import PASSWORD, Cast
from tests.integrations.accounts import connected
from tests.receiving.bodies import item, told
from tests.receiving.refusing import POISON, database_away, poison_refused

Line = dict[str, Any]


class Log:
    """The lines that were written, in the order of time."""

    def __init__(self) -> None:
        self.text = StringIO()

    def lines(self, event: str = "") -> list[Line]:
        found = [json.loads(line) for line in self.text.getvalue().splitlines()]
        return [line for line in found if not event or line["event"] == event]


@pytest.fixture
def log() -> Iterator[Log]:
    logging_config(level="INFO", style="json")
    log = Log()
    handler = logging.StreamHandler(log.text)
    handler.setFormatter(logging.getLogger().handlers[0].formatter)
    logging.getLogger().addHandler(handler)
    yield log
    logging.getLogger().removeHandler(handler)
    logging_config(level=django_settings.LOG_LEVEL, style=django_settings.LOG_FORMAT)


@pytest.fixture
def page(cast: Cast) -> ChannelIntegration:
    return connected(cast.business, "MESSENGER")


def test_every_line_of_a_request_holds_its_id(log: Log, cast: Cast, client: Client) -> None:
    login = {"email": "owner@demo.test", "password": PASSWORD}
    with database_away("INSERT", "businesses_refreshtoken"):
        answer = client.post("/api/auth/token", login, content_type="application/json")
    assert answer.status_code == 503
    request_id = answer.headers["X-Request-Id"]
    assert [line["event"] for line in log.lines()] == ["api.crashed", "api.answered"]
    assert {line["request_id"] for line in log.lines()} == {request_id}


def test_an_id_that_came_along_is_kept(log: Log, client: Client) -> None:
    client.get("/healthz?code=hidden", headers={"X-Request-Id": "from-the-proxy-1"})
    [line] = log.lines("api.answered")
    assert (line["request_id"], line["path"], line["status"]) == ("from-the-proxy-1", "/healthz", 200)
    assert "hidden" not in log.text.getvalue()


def test_one_request_does_not_lend_its_id_to_the_next(log: Log, client: Client) -> None:
    client.get("/healthz")
    client.get("/healthz")
    structlog.get_logger("elsewhere").info("later.said")
    first, second = (line["request_id"] for line in log.lines("api.answered"))
    assert first != second
    assert "request_id" not in log.lines("later.said")[0]


def test_what_fails_is_found_by_the_id_of_its_event(log: Log, page: ChannelIntegration) -> None:
    event = WebhookEvent.objects.create(body=told(page, item(page, POISON)))
    with poison_refused():
        process.drain()
    [line] = log.lines("inbox.item_failed")
    assert line["event_id"] == event.pk
    assert "Traceback" in line["exception"]


def test_what_is_put_back_is_told(log: Log, cast: Cast, page: ChannelIntegration) -> None:
    with poison_refused():
        for _ in range(3):
            WebhookEvent.objects.create(body=told(page, item(page, POISON)))
        process.drain()
    replaying.replay_failed(cast.business.pk, by=cast.owner)
    replaying.replay_failed(cast.business.pk, by=cast.owner)
    [line] = log.lines("inbox.put_back")
    ids = sorted(WebhookEvent.objects.values_list("pk", flat=True))
    assert (line["events"], line["first_event_id"], line["last_event_id"]) == (3, ids[0], ids[2])


def test_no_line_holds_a_secret(log: Log, client: Client) -> None:
    token = "EAAsecretsecretsecret"
    logger = structlog.get_logger("anywhere")
    logger.info(
        "said.much",
        url=f"https://x.test/?access_token={token}",
        nested=[{"password": token}],
        kept=Secret(token),
    )
    logging.getLogger("a.library").warning("Sent %s to %s", f"Bearer {token}", "somebody")
    try:
        raise ValueError(f"refused {token}")
    except ValueError:
        logger.exception("said.crash")
    client.get("/healthz", headers={"Authorization": f"Bearer {token}"})
    assert len(log.lines()) == 4
    assert token not in log.text.getvalue()
