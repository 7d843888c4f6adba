import asyncio
from typing import Protocol

import httpx2


class Answered(int):
    """An HTTP status that remembers the text which came with it; 0 where no answer came."""

    text: str = ""


def answered(status: int, text: str) -> Answered:
    """The status with its text."""
    answer = Answered(status)
    answer.text = text
    return answer


class Sender(Protocol):
    """How the simulator reaches the callbacks of the app; raises when there is no connection."""

    async def post(self, url: str, *, headers: dict[str, str], body: bytes) -> int: ...

    async def get(self, url: str, *, params: dict[str, str]) -> tuple[int, str]: ...


class HttpSender:
    """Real HTTP, with one pool of connections per event loop."""

    def __init__(self) -> None:
        self.client: httpx2.AsyncClient | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self.client is None or self.loop is not loop:
            self.client, self.loop = (httpx2.AsyncClient(timeout=10, trust_env=False), loop)
        return self.client

    async def post(self, url: str, *, headers: dict[str, str], body: bytes) -> int:
        response = await self.open().post(url, headers=headers, content=body)
        return answered(response.status_code, response.text[:10_000])

    async def get(self, url: str, *, params: dict[str, str]) -> tuple[int, str]:
        response = await self.open().get(url, params=params)
        return response.status_code, response.text

    async def close(self) -> None:
        if self.client is not None and self.loop is asyncio.get_running_loop():
            await self.client.aclose()
        self.client = None


async def try_post(sender: Sender, url: str, *, headers: dict[str, str], body: bytes) -> Answered:
    """What the address answered; 0 and the reason where it could not be reached."""
    try:
        status = await sender.post(url, headers=headers, body=body)
    except Exception as error:
        return answered(0, f"{type(error).__name__}: {error}"[:300])
    return status if isinstance(status, Answered) else answered(status, "")


async def try_get(sender: Sender, url: str, *, params: dict[str, str]) -> Answered:
    """What the address answered; 0 and the reason where it could not be reached."""
    try:
        status, text = await sender.get(url, params=params)
    except Exception as error:
        return answered(0, f"{type(error).__name__}: {error}"[:300])
    return answered(status, text)
