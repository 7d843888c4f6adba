"""One connection of a sender: uvicorn's own, with limits that it lacks, so that nobody holds one for ever."""

from __future__ import annotations

import asyncio
import json
import math
import sys
from enum import Enum, auto
from functools import partial
from http import HTTPStatus
from typing import Any

from httptools import HttpParserInvalidMethodError
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from backend.config.parcels import MAX_PARCEL_BYTES, Hatch, Parcel
from backend.lib.ids import new_text_id
from backend.receiving.answers import Answer

# Longer than Meta's and proxies' own pauses: a connection that we close first breaks a request that is on its way.
KEEP_ALIVE_SECONDS = 75
FILES = "/api/media"  # What is handed in or read there may take its time, as long as it moves.
LEAST_MOVED = 1024  # Bytes between two looks.
MAX_HEAD_BYTES = 64 * 1024
CONTINUE = b"HTTP/1.1 100 "


class Phase(Enum):
    """What a connection waits for."""

    SILENT = auto()  # The next request.
    HEAD = auto()  # The rest of a head.
    BODY = auto()  # The rest of a body.
    READER = auto()  # A caller that does not take its answer.
    ANSWER = auto()  # Us.


# Seconds; for us, there is no limit.
PATIENCE = {
    Phase.SILENT: KEEP_ALIVE_SECONDS + 5,  # uvicorn's own timer comes first, where it is set.
    Phase.HEAD: 10,
    Phase.BODY: 30,  # The doors are less patient, and say so.
    Phase.READER: 30,
}


class OneWrite:
    """
    Where one answer is written: its head waits for the first part of its body, so that both leave at once.

    ASGI wants it so, and uvicorn does not do it: a call of the kernel and a packet for the head alone are a quarter
    of what a webhook costs.
    """

    __slots__ = ("held", "is_closing", "transport", "written")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.is_closing = transport.is_closing
        self.held: bytes | None = None  # None: the head has not come yet.
        self.written = 0

    def write(self, data: bytes) -> None:
        self.written += len(data)
        if self.held is None and not data.startswith(CONTINUE):
            self.held = data
        else:
            self.transport.write((self.held or b"") + data)
            self.held = self.held and b""

    def flush(self) -> None:
        """A head without a body is whole."""
        if self.held:
            self.transport.write(self.held)
            self.held = b""

    def close(self) -> None:
        self.flush()
        self.transport.close()


class Connection(HttpToolsProtocol):
    """uvicorn's own, whose refusals are in the contract's envelope. It is looked at once a second."""

    answer: OneWrite
    phase: Phase | None = None
    seen: Any = (
        None  # The request that was looked at last, and for how many seconds it has been in this phase.
    )
    seconds = 0
    head_bytes = 0
    moved = came = 0  # Bytes of a file, either way; and how many of them came in.
    parcel: Parcel | None = None  # A request that may yet turn out to be here whole.

    def __init__(self, *args: Any, hatch: Hatch | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.hatch = hatch

    def data_received(self, data: bytes) -> None:
        self.came += len(data)
        super().data_received(data)
        if self.parcel is not None and not self.transport.is_closing():
            self._take_the_long_way(self.parcel)  # The rest of it is still to come.
        if self._in_head():
            self.head_bytes += len(data)
            if self.head_bytes > MAX_HEAD_BYTES:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "validation_error", "The head is too large."
                )
        else:
            self.head_bytes = 0

    def on_headers_complete(self) -> None:
        if self.hatch is not None and self.url == self.hatch.url and self._may_be_parcel():
            self.parcel = Parcel(self.scope, keep_alive=self.parser.should_keep_alive())
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.parcel is None:
            super().on_body(body)
            return
        self.parcel.body += body
        if len(self.parcel.body) > MAX_PARCEL_BYTES:
            self._take_the_long_way(self.parcel)

    def on_message_complete(self) -> None:
        parcel, self.parcel = self.parcel, None
        if parcel is None:
            super().on_message_complete()
            return
        taken = self.hatch is not None and self.hatch.take(
            dict(self.headers), parcel.body, partial(self._answer_parcel, parcel)
        )
        if taken:
            self.cycle = parcel  # type: ignore[assignment]  # All of a cycle that it is asked for.
        else:
            self._take_the_long_way(parcel)
            super().on_message_complete()

    def _may_be_parcel(self) -> bool:
        """Nothing unusual, and nothing before it that waits for its answer or has not left yet."""
        return (
            self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not (self.expect_100_continue or self.parser.should_upgrade())
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not any(
                name == b"origin" for name, _ in self.headers
            )  # Of a browser: it wants to hear of CORS.
        )

    def _take_the_long_way(self, parcel: Parcel) -> None:
        """Begin it as uvicorn would have, with what has come of its body so far."""
        self.parcel = None
        super().on_headers_complete()
        if parcel.body:
            super().on_body(parcel.body)

    def _answer_parcel(self, parcel: Parcel, answer: Answer, request_id: str) -> None:
        parcel.answer(self.transport, self.server_state.default_headers, answer, request_id)
        self._go_on()

    def on_response_complete(self) -> None:
        self.answer.flush()
        super().on_response_complete()

    def _go_on(self) -> None:
        """As uvicorn does, without a timer of its own for each silence: `look` ends those that are too long."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.answer = OneWrite(self.transport)
        cycle.transport = self.answer  # type: ignore[assignment]  # All of a transport that it uses.
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        """What the parser does not understand. It calls this while it handles its own error."""
        if isinstance(sys.exc_info()[1], HttpParserInvalidMethodError):
            self._refuse(
                HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "This method is not answered here."
            )
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, "validation_error", "This is not an HTTP request.")

    def look(self) -> None:
        """Close the connection if it has waited for too long."""
        phase = self._phase()
        # The very same request, not one that is equal to it: those of one sender are.
        is_same = phase is self.phase and self.scope is self.seen and not self._is_moving_a_file()
        self.seconds = self.seconds + 1 if is_same else 0
        self.phase, self.seen = phase, self.scope
        if self.seconds >= PATIENCE.get(phase, math.inf):
            self.transport.abort()

    def _is_moving_a_file(self) -> bool:
        """Whether enough of a file came or left since the last look."""
        if self._in_head() or self.cycle is None or self.cycle.response_complete:
            return False
        if not str(self.scope.get("path", "")).startswith(FILES):
            return False
        former, self.moved = self.moved, self.came + self.answer.written
        return abs(self.moved - former) >= LEAST_MOVED

    def _in_head(self) -> bool:
        """Whether a request has begun whose head is not complete."""
        return self.scope is not (self.cycle.scope if self.cycle else None)

    def _phase(self) -> Phase:
        if self._in_head():
            return Phase.HEAD
        if self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body):
            return Phase.SILENT
        if self.flow.write_paused:
            return Phase.READER
        return Phase.BODY if self.cycle.more_body else Phase.ANSWER

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        if self.transport.is_closing():
            return
        envelope = {"success": False, "code": code, "message": message, "resolution": None, "fields": None}
        body = json.dumps(envelope).encode()
        head = (
            STATUS_LINE[status],
            b"content-type: application/json\r\n",
            b"content-length: %d\r\n" % len(body),
            b"x-request-id: %s\r\n" % new_text_id().encode(),
            b"connection: close\r\n\r\n",
        )
        self.transport.write(b"".join([*head, body]))
        self.transport.close()
