"""
A Meta that takes messages: each answer after the same while, a bucket for each account, and it remembers who came when.

python -m benchmarks.sending.meta PORT ANSWERS_IN '{"account": messages a second}'

Bare sockets, because it must not be what is measured. `GET /count` tells how many messages it took, `GET /told` each of
them: account, text, seconds. Ask the latter at the end, for what comes meanwhile is noted late.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

OVER = b'{"error":{"message":"(#130429) Rate limit hit","type":"OAuthException","code":130429}}'
HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"


@dataclass(slots=True)
class Bucket:
    """As many messages as the account may send in a second, and as many at once."""

    rate: float
    left: float = 0.0
    at: float = field(default=float("-inf"))

    def takes(self, at: float) -> bool:
        self.left = min(self.rate, self.left + (at - self.at) * self.rate)
        self.at = at
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(slots=True)
class World:
    """What this Meta knows."""

    answers_in: float
    buckets: dict[str, Bucket]
    told: list[tuple[str, str, float]] = field(default_factory=list)
    refused: int = 0

    def answer(self, path: str, body: bytes) -> bytes:
        account = path.split("/")[-2]
        at = time.monotonic()
        bucket = self.buckets.get(account)
        if bucket and not bucket.takes(at):
            self.refused += 1
            return HEAD % (b"400 Bad Request", len(OVER), OVER)
        said = json.loads(body)
        text = (said.get("message") or said["text"]).get("text") or said["text"]["body"]
        self.told.append((account, text, at))
        own_id = f"wire-{len(self.told)}"
        content = json.dumps({"message_id": own_id, "messages": [{"id": own_id}]}).encode()
        return HEAD % (b"200 OK", len(content), content)

    def count(self) -> bytes:
        content = b"%d" % len(self.told)
        return HEAD % (b"200 OK", len(content), content)

    def everything(self) -> bytes:
        content = json.dumps({"told": self.told, "refused": self.refused}).encode()
        return HEAD % (b"200 OK", len(content), content)


ABOUT = {"/count": World.count, "/told": World.everything}


class Connection(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.read += data
        head, found, rest = self.read.partition(b"\r\n\r\n")
        length = _length(head)
        if not found or len(rest) < length:
            return
        self.read = b""
        path = head.split(b" ", 2)[1].decode().partition("?")[0]
        if about := ABOUT.get(path):
            self.write(about(self.world))
            return
        answer = self.world.answer(path, rest[:length])
        asyncio.get_running_loop().call_later(self.world.answers_in, self.write, answer)

    def write(self, answer: bytes) -> None:
        if self.transport:
            self.transport.write(answer)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def main(port: int, answers_in: float, rates: dict[str, float]) -> None:
    world = World(answers_in, {account: Bucket(rate) for account, rate in rates.items()})
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(world), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), json.loads(sys.argv[3])))
