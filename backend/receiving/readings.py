"""What a webhook event says, in the words of the house, and for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

import structlog

from backend.conversations.record import Arrival
from backend.engine.instances import unpacked
from backend.engine.lookups import any_of, found_by
from backend.engine.questions import Question, found_later
from backend.integrations.adapters import adapter_by
from backend.integrations.models import ChannelIntegration
from backend.lib.foreign_json import decoded
from backend.lib.json_types import JSON
from backend.lib.storable import storable_id
from backend.platforms import registry
from backend.platforms.port import AnyNotice, Login, Unrecognised
from backend.receiving.models import WebhookEvent
from backend.receiving.second_ids import by_first_ids

logger = structlog.get_logger(__name__)

# What routing, recording and the end of an access ask of an integration.
ROUTED_BY = frozenset(
    {"id", "business_id", "platform", "status", "account_id", "app_scoped_id", "platform_account_id"}
    | {"access_token", "connected_at", "last_webhook_at", "settings"}
)
# As Django takes them apart again: in the order of the model.
COLUMNS = [each.attname for each in ChannelIntegration._meta.concrete_fields if each.attname in ROUTED_BY]

# Platform, account, and the WABA for what concerns all of its numbers; one of the two is empty.
Address = tuple[str, str, str]


@dataclass(slots=True)
class Item:
    """One notice for one integration."""

    arrival: Arrival
    error: str = ""  # Recording it raised.


@dataclass(slots=True)
class Reading:
    """One event while it is processed."""

    event: WebhookEvent
    platform: str | None = None
    payload: JSON = None
    notices: list[AnyNotice] = field(default_factory=list)
    error: str = ""  # Our reading raised: nothing of it could be recorded.
    items: list[Item] = field(default_factory=list)
    unrouted: set[Address] = field(default_factory=set)  # Of accounts that nobody has connected.


Parsers = dict[str, Callable[[JSON], list[AnyNotice]]]


def read_all(events: Iterable[WebhookEvent]) -> list[Reading]:
    """What the events say, in their order."""
    parsers: Parsers = {}
    return [read(event, parsers) for event in events]


def read(event: WebhookEvent, parsers: Parsers | None = None) -> Reading:
    """What the event says. A body that cannot be read is one unrecognised notice, not a failure.

    `parsers`: by platform, those that were needed so far.
    """
    reading = Reading(event)
    try:
        payload = reading.payload = decoded(bytes(event.body))
    except (ValueError, RecursionError):
        reading.notices = [Unrecognised(kind="envelope", detail="The body is not JSON.")]
        return reading
    try:
        reading.platform = registry.platform_of(payload)
        reading.notices = _notices(reading.platform, payload, {} if parsers is None else parsers)
    except Exception as error:  # A fault of ours: kept, visible, and tried again after an upgrade.
        logger.exception("inbox.reading_failed", event_id=event.pk)
        reading.error = f"{type(error).__name__} while reading"
    return reading


def _notices(platform: str | None, payload: JSON, parsers: Parsers) -> list[AnyNotice]:
    if platform is None:
        if (of_people := registry.read_of_people(payload)) is not None:
            return of_people
        return [Unrecognised(kind="envelope", detail="It is of no platform that we know.", raw=payload)]
    # A delivery reads the same, whichever way its account was connected.
    if platform not in parsers:
        parsers[platform] = adapter_by(platform, Login.FACEBOOK).parse
    return parsers[platform](payload)


def route(readings: Sequence[Reading]) -> None:
    """Give every reading its items: each notice with the integrations that hold its account."""
    holders = _holders({address for reading in readings for address in _addresses(reading)})
    for reading in readings:
        for place, told in enumerate(reading.notices):
            address = _address(reading.platform, told)
            found = holders.get(address, ()) if address else ()
            notice = by_first_ids(told, found[0].account_id) if found else told
            reading.notices[place] = notice
            received_at = reading.event.received_at
            reading.items += [Item(Arrival(integration, notice, received_at)) for integration in found]
            if address and not found:
                reading.unrouted.add(address)


def _live(platforms: Iterable[str], single: Iterable[str], wide: Iterable[str]) -> list[ChannelIntegration]:
    """The live integrations of these accounts, by whichever of their ids, and of these WABAs."""
    by = {"account_id": single, "app_scoped_id": single, "platform_account_id": wide}
    found = any_of(
        *(
            # By platform too: the indexes begin with it.
            found_by(ChannelIntegration, ("platform", field), product(sorted(platforms), sorted(ids)))
            for field, ids in by.items()
        )
    )
    rows = _live_ones(found.sql).ask(found.params)
    return [_unpacked(*row) for row in rows]


def _unpacked(*row: Any) -> ChannelIntegration:
    *columns, ai_answers = row
    integration = unpacked(ChannelIntegration, COLUMNS, columns)
    integration.ai_answers = ai_answers
    return integration


@cache
def _live_ones(found: str) -> Question:
    rows = ChannelIntegration.objects.live().with_ai().filter(pk__in=found_later(found)).order_by("id")
    return Question(rows.values_list(*COLUMNS, "ai_answers"))


def _addresses(reading: Reading) -> Iterable[Address]:
    return filter(None, (_address(reading.platform, notice) for notice in reading.notices))


def _address(platform: str | None, notice: AnyNotice) -> Address | None:
    """Whose the notice is; None where it does not say."""
    if platform is None or not (notice.account_id or notice.business_account_id):
        return None
    wide = "" if notice.account_id else storable_id(notice.business_account_id, 64)
    return platform, storable_id(notice.account_id, 64), wide


def _holders(addresses: Iterable[Address]) -> dict[Address, list[ChannelIntegration]]:
    """Live integrations by the address that notices carry; a WABA-wide notice concerns all of its numbers."""
    wanted = list(addresses)
    single = {account_id for _, account_id, _ in wanted if account_id}
    wide = {wide for _, _, wide in wanted if wide}
    holders: dict[Address, list[ChannelIntegration]] = defaultdict(list)
    if not wanted:
        return holders
    for integration in _live({platform for platform, _, _ in wanted}, single, wide):
        for name in single & {integration.account_id, integration.app_scoped_id}:
            holders[integration.platform, name, ""].append(integration)
        holders[integration.platform, "", integration.platform_account_id or ""].append(integration)
    return holders
