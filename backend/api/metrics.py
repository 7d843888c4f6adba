"""
What Prometheus reads: of this process its own counters, of the installation what stands in the tables.

What stands in the tables is the same in every process, and read at the time of asking with bounded statements; counters
are of one process, so each web process is a target of its own.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.conf import settings
from django.db import Error
from django.db.models import Count
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from backend.api.backlogs import backlogs, count_up_to
from backend.api.release import version
from backend.conversations.models import ParkedNotice
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.receiving.counts import COMMIT_CLASSES, COUNTS, DoorCounts
from backend.receiving.models import EventState, SignatureRefusal, WebhookEvent
from backend.sending.held import held_now
from backend.sending.models import HeldFor

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
IN_TROUBLE = (EventState.FAILED, EventState.UNROUTED)

API_REQUESTS = Counter("gateway_api_requests", "Answers of the REST API.", ["method", "status"])
API_SECONDS = Histogram(
    "gateway_api_seconds",
    "How long the REST API took to answer.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
Family = TypeVar("Family", GaugeMetricFamily, CounterMetricFamily)

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PATCH", "PUT", "DELETE"})


def note_answer(method: str | None, status: int, seconds: float) -> None:
    """Count an answer of the REST API; whatever is sent as a method, there are only so many series."""
    API_REQUESTS.labels(method if method in METHODS else "other", status).inc()
    API_SECONDS.observe(seconds)


def refuse_strangers(request: Request) -> None:
    """Let in whoever knows METRICS_TOKEN; in the sandbox, where none is set, everybody. Raises NotAuthenticated."""
    token = settings.METRICS_TOKEN
    if settings.SANDBOX and not token:
        return
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if not token or scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
        raise NotAuthenticated("Send `Authorization: Bearer` with the METRICS_TOKEN of this service.")


def exposition() -> bytes:
    """All figures, in the text format; without a database, those of this process."""
    return generate_latest(REGISTRY) + generate_latest(_Once(_what_the_database_tells()))


def _what_the_database_tells() -> list[Metric]:
    try:
        rows = list(rows_of_the_installation())
    except Error:
        rows = []
    is_up = GaugeMetricFamily(
        "gateway_database_up", "Whether the database answers this process.", value=bool(rows)
    )
    return [is_up, *rows]


class _Once(CollectorRegistry):
    """Figures that were read for one answer."""

    def __init__(self, figures: list[Metric]) -> None:
        super().__init__()
        self.figures = figures

    def collect(self) -> Iterator[Metric]:
        yield from self.figures


class DoorCollector(Collector):
    """The counters of the webhook door of this process."""

    def __init__(self, counts: DoorCounts) -> None:
        self.counts = counts

    def collect(self) -> Iterator[Metric]:
        counts = self.counts
        yield _by(
            CounterMetricFamily("gateway_door_answers", "Answers of the door.", labels=["status"]),
            counts.answers.items(),
        )
        says = "Deliveries whose signature did not fit."
        yield _by(
            CounterMetricFamily("gateway_door_refused_signatures", says, labels=["reason"]),
            counts.refusals.items(),
        )
        says = "Deliveries that are on disk."
        yield CounterMetricFamily("gateway_door_stored", says, value=counts.committed)
        says = "Transactions that the database did not take."
        yield CounterMetricFamily("gateway_door_failed_commits", says, value=counts.commits_failed)
        yield self._commits()

    def _commits(self) -> HistogramMetricFamily:
        buckets, below = [], 0
        for end in COMMIT_CLASSES:
            below += self.counts.commit_classes[end]
            buckets.append((str(end), float(below)))
        return HistogramMetricFamily(
            "gateway_door_commit_seconds",
            "How long the transactions took that stored deliveries.",
            buckets=[*buckets, ("+Inf", float(self.counts.commits))],
            sum_value=self.counts.commit_seconds,
        )


# --- the tables ---


def rows_of_the_installation() -> Iterator[Metric]:
    """What stands in the tables at this moment. Raises what the database raises."""
    yield _by(GaugeMetricFamily("gateway_info", "What runs here.", labels=["version"]), [(version(), 1)])
    yield from _lanes()
    says = "Webhook events that a person may want to look at; counted up to 10,000."
    yield _by(
        GaugeMetricFamily("gateway_webhook_events", says, labels=["state"]),
        ((state, count_up_to(WebhookEvent.objects.filter(state=state))) for state in IN_TROUBLE),
    )
    says = "Deliveries whose signature did not fit, of all processes, for ever."
    yield _by(
        CounterMetricFamily("gateway_signature_refusals", says, labels=["reason"]),
        SignatureRefusal.objects.values_list("reason", "times"),
    )
    yield _integrations()
    yield from _held()
    says = "Notices that wait for their message; counted up to 10,000."
    yield GaugeMetricFamily("gateway_parked_notices", says, value=count_up_to(ParkedNotice.objects.all()))
    says = "Encryption keys that sealed something and are missing or wrong."
    yield GaugeMetricFamily("gateway_unreadable_keys", says, value=len(vault.unreadable_keys()))


def _lanes() -> Iterator[Metric]:
    found = backlogs(now())
    says = "Rows that a lane has to take up now; counted up to 10,000."
    yield _by(
        GaugeMetricFamily("gateway_lane_waiting", says, labels=["lane"]),
        ((lane, backlog.waiting) for lane, backlog in found.items()),
    )
    says = "How long the oldest of them has been due."
    yield _by(
        GaugeMetricFamily("gateway_lane_oldest_seconds", says, labels=["lane"]),
        ((lane, backlog.oldest_seconds) for lane, backlog in found.items()),
    )


def _held() -> Iterator[Metric]:
    held = held_now()
    says = "Accounts whose messages wait, because the platform slows them down, or fails for them alone."
    reasons = {reason: held.accounts.get(reason, 0) for reason in (HeldFor.THROTTLED, HeldFor.FAILING)}
    yield _by(GaugeMetricFamily("gateway_sending_held", says, labels=["reason"]), reasons.items())
    says = "Hosts of the platform that fail for several accounts at once: an outage."
    yield GaugeMetricFamily("gateway_sending_outages", says, value=len(held.outages))


def _integrations() -> GaugeMetricFamily:
    family = GaugeMetricFamily("gateway_integrations", "Integrations.", labels=["platform", "status"])
    rows = ChannelIntegration.objects.values_list("platform", "status").annotate(Count("pk"))
    for platform, status, count in rows:
        family.add_metric([platform, status], count)
    return family


def _by(family: Family, values: Iterable[tuple[object, float]]) -> Family:
    """The family with a figure for each word of its label."""
    for word, value in values:
        family.add_metric([str(word)], value)
    return family


disable_created_metrics()  # type: ignore[no-untyped-call]  # A second series for each counter, which nobody looks at.
REGISTRY.register(DoorCollector(COUNTS))
