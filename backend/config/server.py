"""How we are served: uvicorn, with every limit set on purpose."""

from __future__ import annotations

import resource
import socket
from collections.abc import Collection
from functools import partial
from typing import Any

import structlog
import uvicorn

from backend.config.connection import KEEP_ALIVE_SECONDS, Connection, Phase
from backend.config.interpreter import look_for_garbage_seldom
from backend.config.parcels import Hatch

logger = structlog.get_logger(__name__)

END_WITHIN = 5  # Seconds that requests have to finish when we are told to stop.
BACKLOG = 2048
SPARE_FILES = 128  # Of the files that this process may open: for the database, locks, logs, calls of our own.
TICKS_PER_SECOND = 10  # Of uvicorn's own clock.


class Server(uvicorn.Server):
    """Looks at every connection once a second, and never runs out of them."""

    def __init__(self, config: uvicorn.Config, *, max_connections: int) -> None:
        super().__init__(config)
        self.max_connections = max_connections

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        look_for_garbage_seldom()  # Every look stops all requests.

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_SECOND == 0:
            look_at(list(self.server_state.connections), self.max_connections)  # type: ignore[arg-type]
        return await super().on_tick(counter)


def look_at(connections: Collection[Connection], most: int) -> None:
    """Close those that waited for too long; where there are too many, also those that have been silent longest."""
    for connection in connections:
        connection.look()
    surplus = len(connections) - most
    if surplus > 0:
        silent = [each for each in connections if each.phase in (Phase.SILENT, Phase.HEAD)]
        for connection in sorted(silent, key=lambda each: each.seconds, reverse=True)[:surplus]:
            connection.transport.abort()
        logger.warning(
            "web.too_many_connections", connections=len(connections), closed=min(surplus, len(silent))
        )


def make_server(application: Any, *, host: str, port: int, hatch: Hatch | None = None) -> Server:
    """A server for this application, with every limit set on purpose."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        http=partial(Connection, hatch=hatch),  # type: ignore[arg-type]  # It is only called.
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # Whom to believe stands in TRUSTED_PROXIES, and nowhere else.
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=END_WITHIN,
    )
    return Server(config, max_connections=_as_many_files_as_we_may() - SPARE_FILES)


def _as_many_files_as_we_may() -> int:
    """Each connection is a file; the usual limit of 1,024 is one that anybody may raise."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(most, 65_536) if most != resource.RLIM_INFINITY else 65_536
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return wanted
