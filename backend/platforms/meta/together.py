"""Calls that do not depend on each other leave together, so that all of them cost what the slowest one costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from backend.platforms.errors import PlatformError

# Of the whole process. No call of ours waits for another one of the pool, so that it cannot lock itself up.
MOST_AT_ONCE = 24

Answer = TypeVar("Answer")

_pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="meta")


def together(calls: Sequence[Callable[[], Answer]]) -> list[Answer | PlatformError]:
    """What each call gives, in their order; one that fails leaves the others be, its error stands in its place."""
    if not calls:
        return []
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
