"""What the door of this process did, in numbers: plain integers, so that counting costs next to nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# Upper ends of the classes that commits are counted in, in seconds; what took longer falls into none of them.
COMMIT_CLASSES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


@dataclass(slots=True)
class DoorCounts:
    """Since the process began."""

    answers: Counter[int] = field(default_factory=Counter)  # By HTTP status.
    refusals: Counter[str] = field(
        default_factory=Counter
    )  # By `Reason`: deliveries whose signature did not fit.
    commits: int = 0
    committed: int = 0  # Deliveries in them.
    commits_failed: int = 0
    commit_seconds: float = 0.0
    commit_classes: Counter[float] = field(default_factory=Counter)

    def note_commit(self, deliveries: int, seconds: float) -> None:
        """A transaction that wrote so many deliveries took so long."""
        self.commits += 1
        self.committed += deliveries
        self.commit_seconds += seconds
        shortest = next((end for end in COMMIT_CLASSES if seconds <= end), None)
        if shortest is not None:
            self.commit_classes[shortest] += 1


# Of this process; whoever shows them reads, and only the door writes.
COUNTS = DoorCounts()
