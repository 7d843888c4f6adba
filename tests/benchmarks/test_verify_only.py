"""The server that the door is measured against runs by itself: without Django, and without a database."""

from __future__ import annotations

import httpx2
import pytest

from benchmarks.bench_door import OUR_VERIFY_ONLY, VERIFY_ONLY
from benchmarks.deliveries import message, sign
from benchmarks.servers import Server, running


@pytest.mark.process
@pytest.mark.parametrize("server", [VERIFY_ONLY, OUR_VERIFY_ONLY], ids=lambda server: server.name)
def test_it_takes_what_is_signed_and_refuses_the_rest(server: Server) -> None:
    body = message(1)
    with running(server) as reference, httpx2.Client() as http:
        signed = http.post(reference.url, content=body, headers={"X-Hub-Signature-256": sign(body)})
        unsigned = http.post(reference.url, content=body)
    assert (signed.status_code, unsigned.status_code) == (200, 403)
