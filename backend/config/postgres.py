"""How a connection to Postgres is set. What DATABASE_URL says in its query (sslmode, options …) wins."""

from __future__ import annotations

from typing import Any

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
        "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
    }
