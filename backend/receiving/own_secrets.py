"""Which integrations have a webhook path of their own, and the secret that opens it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import connection

from backend.integrations import vault
from backend.integrations.models import ChannelIntegration
from backend.lib.secret import Secret

logger = structlog.get_logger(__name__)

Path = tuple[str, UUID]  # The platform and the integration that a path names.
Found = TypeVar("Found")

ASK_WITHIN = 3.0  # Seconds.


class OwnWebhooks:
    """
    The integrations' own paths. What exists is remembered: an integration's row is never removed.

    All questions go through one thread, those about ids a batch at a time: whoever guesses ids costs one statement
    at once, and no connection that a delivery needs.
    """

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="own-webhooks")
        self.known: set[Path] = set()
        self.asked: dict[Path, asyncio.Future[bool | None]] = {}
        self.asking: asyncio.Task[None] | None = None

    async def exists(self, platform: str, integration_id: UUID) -> bool:
        """Whether this path belongs to an integration of ours. Raises TimeoutError where nobody can tell now."""
        path = platform, integration_id
        if path in self.known:
            return True
        loop = asyncio.get_running_loop()
        answer = self.asked.setdefault(path, loop.create_future())
        if self.asking is None or self.asking.done():
            self.asking = loop.create_task(self._ask())
        found = await asyncio.wait_for(asyncio.shield(answer), ASK_WITHIN)
        if found is None:
            raise TimeoutError("the database does not answer")
        return found

    async def verify_token(self, integration_id: UUID) -> Secret | None:
        """The integration's webhook secret; None where it keeps none, or the keys do not open it."""
        return await asyncio.wait_for(self._in_thread(own_verify_token, integration_id), ASK_WITHIN)

    async def _ask(self) -> None:
        while self.asked:
            asked, self.asked = self.asked, {}
            found = await self._look_up(list(asked))
            self.known |= found or set()
            for path, answer in asked.items():
                answer.set_result(None if found is None else path in found)

    async def _look_up(self, paths: Collection[Path]) -> set[Path] | None:
        """Those that exist; None if nobody can tell now."""
        try:
            return await self._in_thread(existing, paths)
        except Exception as error:  # Whatever it was: nobody may be told that there is no such path.
            logger.warning("door.paths_not_looked_up", reason=str(error))
            return None

    def _in_thread(self, work: Callable[..., Found], *args: object) -> asyncio.Future[Found]:
        return asyncio.get_running_loop().run_in_executor(self.thread, work, *args)


def existing(paths: Collection[Path]) -> set[Path]:
    """Those that belong to an integration of ours."""
    with _own_connection():
        rows = ChannelIntegration.objects.filter(pk__in=[integration_id for _, integration_id in paths])
        return set(rows.values_list("platform", "pk")) & set(paths)


def own_verify_token(integration_id: UUID) -> Secret | None:
    """The integration's webhook secret; None where it keeps none, or the keys do not open it."""
    with _own_connection():
        integration = ChannelIntegration.objects.filter(pk=integration_id).first()
    try:
        return vault.take(integration, "webhook_secret") if integration else None
    except vault.VaultUnreadable:
        return None


@contextmanager
def _own_connection() -> Iterator[None]:
    """The thread lives as long as the door; one that kept its connection would empty the pool."""
    try:
        yield
    finally:
        connection.close()
