"""Bodies that others met in the wild, as they are and as if they were of accounts of ours; skipped without them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from backend.conversations.models import Message
from backend.integrations.models import ChannelIntegration
from backend.lib.json_types import JSON
from backend.platforms.registry import platform_of
from backend.receiving import process
from backend.receiving.models import EventState, WebhookEvent, WebhookShare
from tests.conftest import Cast
from tests.integrations.accounts import connected
from tests.platforms.cases import CORPUS, NO_CORPUS, corpus

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=NO_CORPUS)

FINE = {EventState.DONE, EventState.UNROUTED}


def drained(bodies: list[bytes]) -> set[str]:
    """The states that the bodies end in."""
    WebhookEvent.objects.bulk_create([WebhookEvent(body=body) for body in bodies])
    while process.drain():
        pass
    failed = WebhookEvent.objects.filter(state=EventState.FAILED).values_list("error", "body")
    assert not list(failed)
    return set(WebhookEvent.objects.values_list("state", flat=True))


def test_every_body_as_it_is(cast: Cast) -> None:
    bodies = [json.dumps(sample.payload).encode() for sample in corpus()]
    assert len(bodies) == 225
    assert drained(bodies) <= FINE


def test_every_body_for_an_account_of_ours(cast: Cast) -> None:
    """Each for a connected account; twice, and in both directions."""
    accounts = {
        platform: connected(cast.business, platform) for platform in ("INSTAGRAM", "MESSENGER", "WHATSAPP")
    }
    payloads = [sample.payload for sample in corpus()]
    ours = [
        json.dumps(owned(payload, accounts.get(platform_of(payload) or ""))).encode() for payload in payloads
    ]
    drained(ours)
    kept = rows()
    assert len(kept) > 70
    assert WebhookShare.objects.count() > 150
    drained(ours[::-1])
    assert rows() == kept


def rows() -> set[tuple[object, ...]]:
    columns = ("integration_id", "external_id", "direction", "type", "text", "delivery_status")
    return set(Message.objects.values_list(*columns))


def owned(payload: JSON, integration: ChannelIntegration | None) -> JSON:
    """The same payload with the ids of this account in the places that routing goes by."""
    if integration is None:
        return payload
    former = set(account_ids(payload))
    text = json.dumps(payload)
    for external_id in sorted(former - {""}, key=len, reverse=True):
        text = text.replace(f'"{external_id}"', f'"{integration.account_id}"')
    renamed: JSON = json.loads(text)
    for each in entries(renamed):
        each["id"] = (
            integration.platform_account_id if integration.platform == "WHATSAPP" else integration.account_id
        )
    return renamed


def account_ids(payload: JSON) -> Iterator[str]:
    for each in entries(payload):
        yield str(each.get("id", "")) if "changes" not in each else ""
        for change in each.get("changes") or []:
            value = change.get("value") if isinstance(change, dict) else None
            metadata = value.get("metadata") if isinstance(value, dict) else None
            yield str(metadata.get("phone_number_id", "")) if isinstance(metadata, dict) else ""


def entries(payload: JSON) -> list[dict[str, JSON]]:
    found = payload.get("entry") if isinstance(payload, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def test_what_is_not_even_json(cast: Cast) -> None:
    bodies = [path.read_bytes() for path in sorted((CORPUS / "hostile_raw").glob("*.txt"))]
    assert bodies
    assert drained(bodies) == {EventState.DONE}
