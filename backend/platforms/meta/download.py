"""
Files behind links that came from outside.

A link is a wish of whoever wrote it. It is followed to the platform's own hosts alone, over https, to an address of
the public network that was looked up once and is the one that is connected to; each redirect is such a wish again.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx2

from backend.lib.public_addresses import is_public
from backend.lib.secret import Secret
from backend.platforms.errors import RateLimited, Refused, Unavailable

# Where Meta keeps files; whatever ends so is Meta's. Read in November 2026.
META_HOSTS = ("fbsbx.com", "fbcdn.net", "facebook.com", "whatsapp.net", "cdninstagram.com", "instagram.com")

MOST_HOPS = 5
IDLE_FOR = 15.0  # Seconds between two bytes.
AT_MOST = 180.0  # Seconds for all of it: a hundred megabytes on a slow day.
# Some of Meta's hosts turn away what names itself as a library.
USER_AGENT = "Mozilla/5.0 (compatible; CustomerGateway/1.0)"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SLOW_DOWN = frozenset({408, 425, 429})

Origin = tuple[str, str, int | None]
Resolve = Callable[[str], Sequence[str]]


class LinkForbidden(Refused):
    """The link leads to a place that files are not fetched from."""

    default_resolution = "Ask the customer to send the file itself."


class LinkDead(Unavailable):
    """The link does not work, or not any more."""


class FileTooLarge(Refused):
    """The file is larger than is taken."""

    default_resolution = "Ask the customer to send a smaller one."

    def __init__(self, most: int) -> None:
        super().__init__(f"The file is larger than {most // 2**20} MiB.")


@dataclass(frozen=True, slots=True)
class Places:
    """From where files are fetched."""

    more_hosts: tuple[str, ...] = ()  # Besides Meta's; these never see a token.
    sandbox: frozenset[Origin] = (
        frozenset()
    )  # The simulator: http, on this machine. Empty outside the sandbox.


def resolve(host: str) -> list[str]:
    """Every address of a host. Raises Unavailable."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable("The host of the file is not known right now.") from error
    return [str(address[0]) for *_, address in found]


class Downloads:
    """Fetches files; the transport and the resolver are arguments, as the network is."""

    def __init__(
        self,
        places: Places,
        *,
        transport: httpx2.BaseTransport | None = None,
        resolve: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.places = places
        self.resolve = resolve
        self.clock = clock
        self._http = httpx2.Client(
            transport=transport,
            timeout=IDLE_FOR,
            follow_redirects=False,
            # A connection belongs to one host: to reuse it for another one at the same address would trust the first.
            limits=httpx2.Limits(max_keepalive_connections=0),
            headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
        )

    def fetch(self, url: str, *, token: Secret | None, most: int, into: Callable[[bytes], None]) -> None:
        """Hand over what is behind the link, piece by piece. `token` is shown to Meta's hosts alone.

        Raises LinkForbidden, LinkDead, FileTooLarge, Unavailable.
        """
        until = self.clock() + AT_MOST
        place = self._parsed(url)
        for _ in range(MOST_HOPS):
            request = self._request(place, token)
            try:
                response = self._http.send(request, stream=True)
            except httpx2.RequestError as error:
                raise Unavailable("The host of the file did not answer.") from error
            try:
                onward = self._read(response, place, most, until, into)
            finally:
                response.close()
            if onward is None:
                return
            place = onward
        raise LinkDead("The link leads from one place to the next.")

    def _read(
        self,
        response: httpx2.Response,
        place: httpx2.URL,
        most: int,
        until: float,
        into: Callable[[bytes], None],
    ) -> httpx2.URL | None:
        """Read the file, or where it is instead."""
        status = response.status_code
        if status in REDIRECTS:
            return self._parsed(str(_joined(place, response.headers.get("Location", ""))))
        if status in SLOW_DOWN:
            raise RateLimited("The host of the file asks us to wait.")
        if status >= 500:
            raise Unavailable(f"The host of the file answered {status}.")
        if status != 200:
            raise LinkDead(f"The link answered {status}.")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Unavailable("The file came packed, which was not asked for.")
        if int(_digits(response.headers.get("Content-Length", ""))) > most:
            raise FileTooLarge(most)
        self._take(response, most, until, into)
        return None

    def _take(
        self, response: httpx2.Response, most: int, until: float, into: Callable[[bytes], None]
    ) -> None:
        """Hand over what comes, whatever its length was said to be."""
        size = 0
        try:
            for chunk in response.iter_raw():  # As they come: pieces of a size would wait for each other.
                size += len(chunk)
                if size > most:
                    raise FileTooLarge(most)
                if self.clock() > until:
                    raise Unavailable("The file came too slowly.")
                into(chunk)
        except httpx2.RequestError as error:
            raise Unavailable("The file broke off.") from error
        if not size:
            raise Unavailable("The file came empty.")

    def _parsed(self, url: str) -> httpx2.URL:
        """The link, if it may be followed. Raises LinkForbidden."""
        try:
            place = httpx2.URL(url)
        except (httpx2.InvalidURL, ValueError, TypeError) as error:
            raise LinkForbidden("The link cannot be read.") from error
        if not (self._is_sandbox(place) or self._is_allowed(place)):
            raise LinkForbidden
        return place

    def _is_sandbox(self, place: httpx2.URL) -> bool:
        return (place.scheme, place.host, place.port) in self.places.sandbox

    def _is_allowed(self, place: httpx2.URL) -> bool:
        return (
            place.scheme == "https"
            and place.port is None
            and not place.userinfo
            and is_under(place.host, (*META_HOSTS, *self.places.more_hosts))
        )

    def _request(self, place: httpx2.URL, token: Secret | None) -> httpx2.Request:
        """The request to the address that was looked up, and to no other."""
        headers = {}
        host = place.raw_host.decode()
        if token and (self._is_sandbox(place) or is_under(host, META_HOSTS)):
            headers["Authorization"] = f"Bearer {token.reveal()}"
        if self._is_sandbox(place):
            return self._http.build_request("GET", place, headers=headers)
        return self._http.build_request(
            "GET",
            place.copy_with(host=self._address_of(host)),
            headers=headers | {"Host": host},
            extensions={"sni_hostname": host},  # Whom the certificate has to be of.
        )

    def _address_of(self, host: str) -> str:
        addresses = self.resolve(host)
        if not addresses or not all(map(is_public, addresses)):
            raise LinkForbidden("The link leads into a private network.")
        return addresses[0]


def is_under(host: str, suffixes: Sequence[str]) -> bool:
    """Whether a host is one of these, or below one of them."""
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in suffixes)


def _digits(text: str) -> str:
    return text if text.isdecimal() and text.isascii() else "0"


def _joined(place: httpx2.URL, location: str) -> httpx2.URL | str:
    try:
        return place.join(location) if location else ""
    except (httpx2.InvalidURL, ValueError):
        return ""
