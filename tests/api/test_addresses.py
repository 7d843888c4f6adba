"""Whose address a request has: what a header says counts only where a proxy of ours wrote it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from backend.api.addresses import client_ip
from backend.businesses.models import LoginFailure
from tests.api.agreeing import AgreeingClient
from tests.conftest import Cast

CLIENT, PROXY, SECOND = "203.0.113.7", "10.0.0.1", "10.0.0.2"


@pytest.mark.parametrize(
    ("remote", "forwarded", "found"),
    [
        (CLIENT, None, CLIENT),
        (CLIENT, "198.51.100.1", CLIENT),  # Not written by a proxy of ours.
        (PROXY, None, PROXY),
        (PROXY, "", PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT}", CLIENT),  # The client made the first one up.
        (PROXY, f"198.51.100.1,{CLIENT}, {SECOND}", CLIENT),
        (PROXY, f"{CLIENT}, nonsense", PROXY),
        (PROXY, f"nonsense, {CLIENT}", CLIENT),
        (PROXY, SECOND, SECOND),
        (PROXY, f"{CLIENT}:4711", CLIENT),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        (PROXY, "[2001:db8::1]:4711", "2001:db8::1"),
        (f"::ffff:{PROXY}", CLIENT, CLIENT),
        ("fe80::1%eth0", None, "fe80::1"),
        ("", CLIENT, None),
        ("unix:", None, None),
    ],
)
def test_the_client_is_the_first_that_is_no_proxy_of_ours(
    settings: Any, remote: str, forwarded: str | None, found: str | None
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR=remote, **headers)  # type: ignore[arg-type]
    assert client_ip(Request(request)) == found


def test_nobody_is_trusted_by_default(cast: Cast, nobody: AgreeingClient) -> None:
    body = {"email": "owner@demo.test", "password": "wrong"}
    nobody.post("/api/auth/token", body, format="json", HTTP_X_FORWARDED_FOR=CLIENT)
    assert LoginFailure.objects.get().address == "127.0.0.1"


def test_a_failed_login_counts_for_the_client(cast: Cast, nobody: AgreeingClient, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    body = {"email": "owner@demo.test", "password": "wrong"}
    nobody.post("/api/auth/token", body, format="json", HTTP_X_FORWARDED_FOR=CLIENT)
    assert LoginFailure.objects.get().address == CLIENT
