"""How many messages Meta takes: of a number, a Page or an account in a second, and to one person."""

from dataclasses import dataclass

from backend.simulator.clock import Clock

LEVELS = {"HIGH": 1_000.0}
STANDARD, BESIDE_APP = 80.0, 20.0  # Of a number in a second; the latter where it stays in the app on a phone.
PAGE, INSTAGRAM, HEAVY = 300.0, 100.0, 10.0  # Heavy: audio and video of either.
# To one person on WhatsApp: a message in six seconds, of which so many may come at once.
PERSON, PERSON_AT_ONCE = 1 / 6, 45.0


@dataclass
class Bucket:
    """What is left of an allowance that fills up again."""

    left: float
    at: float

    def takes(self, now: float, rate: float, most: float) -> bool:
        """Whether one more fits; then it is taken."""
        passed = max(0.0, now - self.at)
        self.left, self.at = min(most, self.left + passed * rate), now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Throughput:
    """The buckets; forgotten when the process ends."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.buckets: dict[str, Bucket] = {}

    def takes(self, key: str, rate: float, most: float | None = None) -> bool:
        """Whether a message more fits under this key, of so many a second and at most so many at once."""
        now = self.clock.now()
        bucket = self.buckets.setdefault(key, Bucket(most or rate, now))
        return bucket.takes(now, rate, most or rate)
