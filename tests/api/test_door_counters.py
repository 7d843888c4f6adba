"""The figures of the door, as Prometheus reads them."""

from __future__ import annotations

from collections import Counter

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from backend.api.metrics import DoorCollector
from backend.receiving.counts import DoorCounts


def figures(text: bytes) -> dict[str, float]:
    """Every series with its value, as Prometheus reads them."""
    return {
        f"{sample.name}{sorted(sample.labels.values()) or ''}": sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_the_door_tells_what_it_did() -> None:
    counts = DoorCounts(answers=Counter({200: 5, 503: 1}), refusals=Counter({"no_signature": 2}))
    for seconds in (0.0004, 0.004, 0.004, 9.0):
        counts.note_commit(10, seconds)
    counts.commits_failed = 1
    registry = CollectorRegistry()
    registry.register(DoorCollector(counts))
    found = figures(generate_latest(registry))
    assert found["gateway_door_answers_total['200']"] == 5
    assert found["gateway_door_refused_signatures_total['no_signature']"] == 2
    assert (found["gateway_door_stored_total"], found["gateway_door_failed_commits_total"]) == (40, 1)
    assert [
        found[f"gateway_door_commit_seconds_bucket['{end}']"] for end in ("0.001", "0.005", "2.5", "+Inf")
    ] == [
        1,
        3,
        3,
        4,
    ]
    assert found["gateway_door_commit_seconds_count"] == 4
