"""Calls that do not depend on each other leave together, so that all of them cost what the slowest one costs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from backend.platforms.errors import PlatformError

MOST_AT_ONCE = 24  # Of the whole process.

Answer = TypeVar("Answer")

_here = threading.local()


def _enter_pool() -> None:
    _here.in_pool = True


_pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="meta", initializer=_enter_pool)


def together(calls: Sequence[Callable[[], Answer]]) -> list[Answer | PlatformError]:
    """What each call gives, in their order; one that fails leaves the others be, its error stands in its place."""
    if not calls:
        return []
    if getattr(_here, "in_pool", False):
        # Calls within calls: whoever waited here for the pool would wait for itself, once all do.
        return [_outcome(call) for call in calls]
    first, *others = calls
    running = [_pool.submit(copy_context().run, _outcome, call) for call in others]
    return [_outcome(first), *(each.result() for each in running)]


def all_of(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """What each call gives, in their order. Raises what the first of them raises."""
    answers: list[Answer] = []
    for outcome in together(calls):
        if isinstance(outcome, PlatformError):
            raise outcome
        answers.append(outcome)
    return answers


def _outcome(call: Callable[[], Answer]) -> Answer | PlatformError:
    try:
        return call()
    except PlatformError as error:
        return error
