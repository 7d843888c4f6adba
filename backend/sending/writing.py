"""What became of the messages is written: by one thread, as many at once as have come meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from django.db import close_old_connections

from backend.conversations.record import Postponed, Refused, record_outcomes
from backend.engine.faults import is_database_away
from backend.engine.lanes import ring
from backend.platforms.errors import PlatformError
from backend.sending import uploads
from backend.sending.aftermath import note_aftermath
from backend.sending.attempt import Attempt, Tried
from backend.sending.breaker import Breaker, Hold
from backend.sending.paces import save_holds
from backend.sending.templates import note_refusal

logger = structlog.get_logger(__name__)

MOST = 100  # Outcomes of one transaction.
# Seconds from the beginning of one to that of the next: a transaction costs as much as ten of its outcomes.
GATHER_FOR = 0.05
TRY_AGAIN = 1.0  # Seconds; a database that is away is not hammered, and what is known is not forgotten.


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt came to, and what follows for its account."""

    attempt: Attempt
    tried: Tried
    holds: tuple[Hold, ...] = ()


class Writer:
    """Takes results from any thread. What it was given is written, also when the process ends in peace."""

    def __init__(self, breaker: Breaker) -> None:
        self.breaker = breaker
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="deliver-writer")
        self.lock = threading.Lock()
        self.waiting: list[Result] = []
        self.is_asked = False
        self.closing = threading.Event()  # The process ends: nothing is waited for any more.

    def add(self, result: Result) -> None:
        """Write this soon."""
        with self.lock:
            self.waiting.append(result)
            if self.is_asked:
                return
            self.is_asked = True
        try:
            self.pool.submit(self.flush)
        except RuntimeError:  # The interpreter is ending, and starts nothing any more.
            self.flush()

    def is_busy(self) -> bool:
        """Whether something is not written yet."""
        return self.is_asked

    def flush(self) -> None:
        """Write all that waits."""
        try:
            while results := self._next():
                began = time.monotonic()
                self._write_until_there(results)
                self._gather(began)
        finally:
            close_old_connections()

    def _gather(self, began: float) -> None:
        """Let others come, for as long as it takes; who comes after a rest is written at once."""
        left = began + GATHER_FOR - time.monotonic()
        if left > 0 and not self.closing.is_set():
            self.closing.wait(left)

    def _next(self) -> list[Result]:
        with self.lock:
            results, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
            self.is_asked = bool(results)
            return results

    def _write_until_there(self, results: Sequence[Result]) -> None:
        while True:
            try:
                return write(results, self.breaker)
            except Exception as error:
                if is_database_away(error):
                    logger.warning("outbox.waits_for_database", messages=len(results))
                    close_old_connections()
                    time.sleep(TRY_AGAIN)
                elif len(results) > 1:
                    for result in results:
                        self._write_until_there([result])
                    return None
                else:  # The rescue lane will find it.
                    message_id = str(results[0].attempt.message.pk)
                    logger.exception("outbox.not_written", message_id=message_id)
                    return None


def write(results: Sequence[Result], breaker: Breaker) -> None:
    """Write these results. Raises what the database raises; then it may be done again."""
    for result in results:
        if result.tried.unknown_files:
            uploads.forget(result.attempt.message)
    outcomes = [result.tried.outcome for result in results]
    record_outcomes(outcomes)
    if any(isinstance(outcome, Postponed) and outcome.due_at is None for outcome in outcomes):
        ring(uploads.LANE)
    holds = [hold for result in results for hold in result.holds]
    if holds:
        save_holds(holds)
        breaker.note_shared(holds)
    for result in results:
        error = result.tried.error
        if error is not None and isinstance(result.tried.outcome, Refused):
            _log(result.attempt, error)
            note_refusal(result.attempt.message.integration_id, error)
            note_aftermath(result.attempt.message.conversation.integration, error)


def _log(attempt: Attempt, error: PlatformError) -> None:
    """For whoever asks the platform's support: it finds a call by its trace id."""
    words = error.words
    logger.info(
        "outbox.refused",
        message_id=str(attempt.message.pk),
        code=error.code,
        platform_code=words.code,
        platform_subcode=words.subcode,
        trace_id=words.trace_id or None,
    )
