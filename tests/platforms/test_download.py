"""A media host that lies about where it is."""

from __future__ import annotations

import pytest

from backend.platforms.meta.download import (
    MOST_HOPS,
    LinkDead,
    LinkForbidden,
    Places,
)
from tests.platforms.media_host import OTHER, PUBLIC, SIMULATOR, Answer, Host, redirect, served


def test_the_address_that_was_looked_at_is_the_one_that_is_asked() -> None:
    """A name server that says something else a moment later is not asked a second time."""
    host = Host({"/a": served(b"file")}, {"lookaside.fbsbx.com": [[PUBLIC], ["127.0.0.1"]]})
    assert host.fetch() == b"file"
    assert (host.last.url.host, host.last.headers["host"]) == (PUBLIC, "lookaside.fbsbx.com")
    assert host.last.extensions["sni_hostname"] == "lookaside.fbsbx.com"
    assert host.last.headers["authorization"] == "Bearer EAAtoken"
    assert host.last.headers["accept-encoding"] == "identity"


def test_an_address_of_ipv6_is_asked_too() -> None:
    host = Host({"/a": served(b"file")}, {"lookaside.fbsbx.com": [["2a03:2880::1"]]})
    assert host.fetch() == b"file"
    assert host.last.url.host == "2a03:2880::1"


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:169.254.169.254"], ["fd00::1"], ["fe80::1%eth0"], []],
    ids=repr,
)
def test_a_name_that_leads_into_a_house_is_not_followed(addresses: list[str]) -> None:
    host = Host({}, {"lookaside.fbsbx.com": [addresses]})
    with pytest.raises(LinkForbidden):
        host.fetch()
    assert not host.requests


@pytest.mark.parametrize(
    "url",
    [
        "http://lookaside.fbsbx.com/a",
        "https://evil.test/a",
        "https://fbsbx.com.evil.test/a",
        "https://evilfbsbx.com/a",
        "https://lookaside.fbsbx.com@evil.test/a",
        "https://user:pass@lookaside.fbsbx.com/a",
        "https://evil.test\\@lookaside.fbsbx.com/a",
        "https://evil.test#@lookaside.fbsbx.com/a",
        "https://lookaside.fbsbx.com:8443/a",
        "https://lookaside.fbsbx.com./a",
        "https://127.0.0.1/a",
        "https://2130706433/a",
        "https://0177.0.0.1/a",
        "https://[::ffff:127.0.0.1]/a",
        "http://localhost:9000/a",
        "file:///etc/passwd",
        "ftp://lookaside.fbsbx.com/a",
        "//lookaside.fbsbx.com/a",
        "https://",
        "https://[/a",
        "https://lookaside.fbsbx.com/\x00a\r\nHost: x",
        "",
    ],
)  # fmt: skip
def test_no_other_place_is_asked(url: str) -> None:
    host = Host()
    with pytest.raises(LinkForbidden):
        host.fetch(url)
    assert not host.requests


def test_a_redirect_within_the_platform_is_followed_with_its_own_address() -> None:
    answers: dict[str, Answer] = {
        "/a": redirect("https://scontent.xx.fbcdn.net/b"),
        "/b": served(b"file"),
    }
    host = Host(answers, {"scontent.xx.fbcdn.net": [[OTHER]]})
    assert host.fetch() == b"file"
    assert [request.url.host for request in host.requests] == [PUBLIC, OTHER]


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.test/b",
        "http://lookaside.fbsbx.com/b",
        "https://10.0.0.1/b",
        "http://169.254.169.254/",
        "",
        "//[",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(onward: str) -> None:
    host = Host({"/a": redirect(onward)})
    with pytest.raises(LinkForbidden):
        host.fetch()
    assert len(host.requests) == 1


def test_a_redirect_to_a_name_of_a_house_is_not_followed() -> None:
    host = Host({"/a": redirect("https://x.fbcdn.net/b")}, {"x.fbcdn.net": [["192.168.0.1"]]})
    with pytest.raises(LinkForbidden):
        host.fetch()
    assert len(host.requests) == 1


def test_redirects_in_a_circle_end() -> None:
    host = Host({"/a": redirect("/a?mid=1")})
    with pytest.raises(LinkDead):
        host.fetch()
    assert len(host.requests) == MOST_HOPS


def test_a_host_that_an_operator_named_sees_no_token() -> None:
    host = Host({"/a": served(b"file")})
    places = Places(more_hosts=("cdn.example",))
    assert host.fetch("https://eu.cdn.example/a", places=places) == b"file"
    assert "authorization" not in host.last.headers


def test_the_sandbox_is_asked_as_it_is() -> None:
    host = Host({"/a": served(b"file")}, {"localhost": [["127.0.0.1"]]})
    places = Places(sandbox=frozenset({SIMULATOR}))
    assert host.fetch("http://localhost:9000/a", places=places) == b"file"
    assert host.last.url.host == "localhost"
    for other in ("http://localhost:5432/a", "http://127.0.0.1:9000/a", "https://localhost:9000/a"):
        with pytest.raises(LinkForbidden):
            host.fetch(other, places=places)
