"""How a connection to Postgres is set. What DATABASE_URL says in its query (sslmode, options …) wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

# Nothing here takes long but a migration, which lifts these. A session whose machine died is ended by the server
# within half a minute, and its locks with it, so that a standby takes over.
SESSION = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

# A worker finds rows by hundreds of keys that travel as JSON. How many they are the planner cannot know, and it would
# read small tables whole: two milliseconds for the one row that a look-up of one key wants.
BY_INDEX = {"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off", "jit": "off"}
# It asks the same few statements all day long. Prepared, one event costs the server half; in batches it is a tenth.
PREPARED = {"server_side_binding": True, "prepare_threshold": 3}


def set_up_worker() -> None:
    """Let this process find rows by indexes, with prepared statements. To be called before its first connection."""
    if connection.vendor == "postgresql":
        options = connection.settings_dict["OPTIONS"]
        options["options"] = " ".join([options.get("options", ""), _said(BY_INDEX)]).strip()
        options |= PREPARED


def _said(settings: Mapping[str, str]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def postgres_options(pool_size: int) -> dict[str, Any]:
    """For libpq and for the pool of one process."""
    return {
        "pool": {
            "min_size": 1,
            "max_size": pool_size,
            "timeout": 5.0,  # Then it is 503; a caller that waits for a database that is away helps nobody.
            "reconnect_timeout": 1.0,  # Longer pauses between tries would outlast the outage; a caller tries anew.
        },
        "application_name": "gateway",
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        "options": _said(SESSION),
    }
