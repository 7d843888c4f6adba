"""The door as a real process: slow senders, a stop under load, and doors in processes of their own."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2
import pytest

from tests.processes.stack import ROOT, Stack, wait_for
from tests.servers import free_port

pytestmark = [pytest.mark.process, pytest.mark.long]

HOOK = "/api/webhooks/meta"
STALLED = 300
SENDERS = 16
AT_ONCE = 2.0  # Seconds; the machine may be busy with other things.


def secret_of(stack: Stack) -> bytes:
    """The app secret that this sandbox made for itself."""
    return (stack.folder / "secrets" / "META_APP_SECRET").read_text().strip().encode()


def post(http: httpx2.Client, secret: bytes, body: bytes) -> int:
    signature = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return http.post(HOOK, content=body, headers={"X-Hub-Signature-256": signature}).status_code


def kept(stack: Stack) -> set[bytes]:
    """The bodies in the inbox, read past the service."""
    with sqlite3.connect(stack.folder / "gateway.sqlite3", timeout=20) as file:
        return {bytes(body) for (body,) in file.execute("SELECT body FROM receiving_webhookevent")}


STALLS = {
    "silent": b"",
    "in the head": b"POST /api/webhooks/meta HTTP/1.1\r\nHost: here\r\n",
    "in a small body": b"POST /api/webhooks/meta HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n"
    b"X-Hub-Signature-256: sha256=" + b"0" * 64 + b"\r\n\r\nhalf",
    "in a large body": b"POST /api/webhooks/meta HTTP/1.1\r\nHost: here\r\nContent-Length: 3000000\r\n"
    b"X-Hub-Signature-256: sha256=" + b"0" * 64 + b"\r\n\r\n" + b" " * 200_000,
    "at the other door": b"POST /api/auth/token HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n{",
}


def test_stalled_senders_hold_up_nobody(stack: Stack) -> None:
    stack.start()
    secret = secret_of(stack)
    with ExitStack() as held:
        for number in range(STALLED):
            stalled = held.enter_context(socket.create_connection(("127.0.0.1", int(stack.ports["PORT"]))))
            stalled.setblocking(False)
            words = list(STALLS.values())[number % len(STALLS)]
            if words:
                stalled.send(words)
        for number in range(20):
            began = time.monotonic()
            assert post(stack.service, secret, b'{"number": %d}' % number) == 200
            assert stack.service.get("/healthz").status_code == 200
            assert time.monotonic() - began < AT_ONCE
    assert len(kept(stack)) == 20


def test_a_stop_under_load_loses_nothing_that_was_acknowledged(stack: Stack) -> None:
    stack.start()
    secret, acknowledged, stopping = secret_of(stack), set[bytes](), threading.Event()

    def send(sender: int) -> None:
        with httpx2.Client(base_url=stack.service.base_url, timeout=20) as http:
            number = 0
            while not stopping.is_set():
                number += 1
                body = json.dumps({"sender": sender, "number": number}).encode()
                try:
                    if post(http, secret, body) == 200:
                        acknowledged.add(body)
                except httpx2.TransportError:
                    return  # The door is closed.

    senders = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
    for sender in senders:
        sender.start()
    wait_for(lambda: len(acknowledged) > 500, "deliveries are under way")
    os.kill(stack.part("web"), signal.SIGTERM)
    wait_for(lambda: not any(sender.is_alive() for sender in senders), "the door is closed")
    stopping.set()
    stack.interrupt()
    assert acknowledged - kept(stack) == set()


@contextmanager
def web(stack: Stack, doors: str) -> Iterator[httpx2.Client]:
    """The service's process that opens these doors only, beside the running ones."""
    port = free_port()
    command = [sys.executable, str(ROOT / "manage.py"), "web", "--doors", doors, "--port", str(port)]
    with stack.log.open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=stack.environment(), stdout=log, stderr=log)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
            wait_for(lambda: http.get("/readyz").is_success, f"{doors} answers", within=30)
            yield http
        process.terminate()
        assert process.wait(15) in (0, -signal.SIGTERM), stack.log.read_text()
    finally:
        process.kill()
        process.wait()


def test_each_door_in_a_process_of_its_own(stack: Stack) -> None:
    stack.start()
    with web(stack, "webhooks") as hooks, web(stack, "rest") as rest:
        assert post(hooks, secret_of(stack), b'{"by": "its own process"}') == 200
        assert hooks.get("/api/me").status_code == 404
        assert rest.get("/api/me").status_code == 401
        assert post(rest, secret_of(stack), b"{}") == 404
        brewed = hooks.request("BREW", HOOK)
        assert (brewed.status_code, brewed.json()["code"]) == (405, "method_not_allowed")
    assert kept(stack) == {b'{"by": "its own process"}'}
