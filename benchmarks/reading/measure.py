"""Measures the lists in a process of its own, on a database that is thrown away; prints the times as JSON."""

from __future__ import annotations

import io
import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.core.management import call_command
from rest_framework.test import APIRequestFactory

from backend.api.conversations import ConversationViewSet
from backend.businesses import logins
from backend.businesses.models import Membership, User
from backend.config.wsgi import application
from benchmarks.reading.rows import LARGE_BUSINESS, LONG_CONVERSATION, Size, make_rows
from benchmarks.reading.usual import UsualConversations
from benchmarks.table import BenchmarkFailed

LIMIT = 50
DEEP = 1000  # The page that has to cost what the second one does.
STRIDE = 150  # Rows of a step on the way there: 999 pages of 50 are 333 of these.
WARM_UP = 20  # Rounds that count for nothing.

CONVERSATIONS = "/api/conversations"
MESSAGES = f"/api/conversations/{LONG_CONVERSATION}/messages"
USUAL = "/usual/conversations"

Call = Callable[[], bytes]


def main(conversations: int, messages: int, rounds: int) -> None:
    """Print the times of every call in milliseconds, by name; each round makes every call once, in another order."""
    call_command("migrate", verbosity=0)
    make_rows(Size(conversations, messages))
    calls = make_calls(token_of_an_owner())
    times: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for number in range(WARM_UP + rounds):
        # Whatever comes by itself now and then, such as the collection of garbage, must not always hit the same one.
        random.shuffle(names)
        for name in names:
            began = time.perf_counter()
            calls[name]()
            took = time.perf_counter() - began
            if number >= WARM_UP:
                times[name].append(took * 1000)
    sys.stdout.write(json.dumps(times))


def token_of_an_owner() -> str:
    """The header of somebody who may read the large business."""
    user = User.objects.create_user("owner@bench.test", None)
    Membership.objects.create(user=user, business_id=LARGE_BUSINESS, role="OWNER")
    return f"Bearer {logins.issue(user).access}"


def make_calls(token: str) -> dict[str, Call]:
    """Both lists at three depths and the usual one through the whole service; the first pages by the views alone."""
    calls: dict[str, Call] = {}
    for name, path in (("conversations", CONVERSATIONS), ("messages", MESSAGES)):
        second = next_cursor(path, f"limit={LIMIT}", token)
        deep = ""
        for _ in range((DEEP - 1) * LIMIT // STRIDE):
            deep = next_cursor(path, f"limit={STRIDE}&cursor={deep}", token)
        calls[f"{name} 1"] = service_call(path, f"limit={LIMIT}", token)
        calls[f"{name} 2"] = service_call(path, f"limit={LIMIT}&cursor={second}", token)
        calls[f"{name} {DEEP}"] = service_call(path, f"limit={LIMIT}&cursor={deep}", token)
    calls["usual"] = service_call(USUAL, "", token)
    calls["view"] = view_call(ConversationViewSet.as_view({"get": "list"}), CONVERSATIONS, token)
    calls["usual view"] = view_call(UsualConversations.as_view(), USUAL, token)
    return calls


def next_cursor(path: str, query: str, token: str) -> str:
    """The way to the page behind the one that is asked for."""
    cursor = json.loads(service_call(path, query, token)())["nextCursor"]
    if not cursor:
        raise BenchmarkFailed(f"{path} ends before page {DEEP}; make more rows")
    return str(cursor)


def service_call(path: str, query: str, token: str) -> Call:
    """A request as a WSGI server passes it on, middleware and all."""

    def call() -> bytes:
        environ: dict[str, Any] = {
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_AUTHORIZATION": token,
            "wsgi.input": io.BytesIO(),
        }
        setup_testing_defaults(environ)
        said: list[str] = []
        chunks = application(environ, lambda status, *_: said.append(status))
        body = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
        if not said[0].startswith("200"):
            raise BenchmarkFailed(f"{path}?{query} answered {said[0]}: {body[:200]!r}")
        return body

    return call


def view_call(view: Callable[..., Any], path: str, token: str) -> Call:
    """The view with its authentication, and the rendered answer; no middleware, no address."""
    requests = APIRequestFactory()

    def call() -> bytes:
        answer = view(requests.get(path, headers={"Authorization": token})).render()
        if answer.status_code != 200:
            raise BenchmarkFailed(f"{path} answered {answer.status_code}")
        return bytes(answer.content)

    return call
