"""
Deliveries whose signature did not fit: counted by reason, and explained to whoever runs the service.

The caller is told nothing of this, not even by the time that its answer takes: all of it happens after the answer.
What is kept is one row for each reason, written every few seconds at most, so that nobody can fill the table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection, transaction
from django.db.models import F

from backend.lib.clock import now
from backend.lib.secret import Secret
from backend.lib.storable import storable_text
from backend.platforms.meta import misfit
from backend.platforms.meta.misfit import Misfit, Reason
from backend.receiving.counts import COUNTS, DoorCounts
from backend.receiving.models import SignatureRefusal

logger = structlog.get_logger(__name__)

WRITE_EVERY = 5.0  # Seconds.
LOOK_EVERY = 0.1  # Seconds between two bodies that are looked into.


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery that was not taken."""

    path: str
    client: str
    body: bytes
    signature: bytes | None
    old_signature: bytes | None


@dataclass(slots=True)
class Tally:
    """How often one reason was seen since the last write, and its last case."""

    misfit: Misfit
    last: Refused
    first_at: datetime
    last_at: datetime
    times: int = 0


class Refusals:
    """The refused deliveries of this process."""

    def __init__(
        self,
        *,
        secrets: Callable[[], Sequence[Secret]],
        verify_token: Callable[[], Secret],
        counts: DoorCounts = COUNTS,
        write_every: float = WRITE_EVERY,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self.secrets = secrets
        self.verify_token = verify_token
        self.counts = counts
        self.write_every = write_every
        self.look_every = look_every
        self.looked_at = self.written_at = float("-inf")
        self.tallies: dict[Reason, Tally] = {}
        self.writing: asyncio.Task[None] | None = None
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="refusals")

    def note(self, refused: Refused) -> None:
        """Count it, and see to it that it is written down soon."""
        found = self._explain(refused)
        self.counts.refusals[found.reason] += 1
        present = now()
        tally = self.tallies.setdefault(found.reason, Tally(found, refused, present, present))
        tally.misfit, tally.last, tally.last_at = found, refused, present
        tally.times += 1
        if self.writing is None or self.writing.done():
            self.writing = asyncio.get_running_loop().create_task(self._write_soon())

    async def close(self) -> None:
        """Write down what is not written yet."""
        if self.writing is not None:
            self.writing.cancel()
        await self._write()
        self.thread.shutdown(wait=False)

    def _explain(self, refused: Refused) -> Misfit:
        presumed = misfit.presumption(refused.signature, refused.old_signature)
        if presumed is not None or refused.signature is None:
            return presumed or misfit.NO_SIGNATURE
        present = asyncio.get_running_loop().time()
        if present - self.looked_at < self.look_every:
            return misfit.NOT_LOOKED_INTO
        self.looked_at = present
        return misfit.look_into(refused.body, refused.signature, self.secrets(), self.verify_token())

    async def _write_soon(self) -> None:
        loop = asyncio.get_running_loop()
        while self.tallies:
            await asyncio.sleep(max(0.0, self.written_at + self.write_every - loop.time()))
            self.written_at = loop.time()
            await self._write()

    async def _write(self) -> None:
        tallies, self.tallies = list(self.tallies.values()), {}
        for tally in tallies:
            logger.warning(
                "door.signature_refused",
                reason=tally.misfit.reason,
                why=tally.misfit.what,
                times=tally.times,
                path=tally.last.path,
                client=tally.last.client,
                size=len(tally.last.body),
            )
        if tallies:
            await asyncio.get_running_loop().run_in_executor(self.thread, write_down, tallies)


def write_down(tallies: Sequence[Tally]) -> None:
    """Add them to the rows of their reasons. Logs, and goes on, where the database is away."""
    try:
        with transaction.atomic():
            for tally in tallies:
                _add(tally)
    except Exception as error:  # Nothing depends on these rows; the log has the same words.
        logger.warning("door.refusals_not_kept", reason=str(error))
    finally:
        connection.close()


def _add(tally: Tally) -> None:
    row, _ = SignatureRefusal.objects.get_or_create(
        reason=tally.misfit.reason, defaults={"first_at": tally.first_at, "last_at": tally.last_at}
    )
    row.times = F("times") + tally.times
    row.last_at = tally.last_at
    row.what, row.resolution = tally.misfit.what, tally.misfit.resolution
    row.path, row.client = storable_text(tally.last.path, 200), storable_text(tally.last.client, 64)
    row.size = len(tally.last.body)
    row.save()
