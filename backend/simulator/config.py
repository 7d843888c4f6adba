import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from backend.simulator.keys import digits, kept_value

CALLBACK_PATH = "/api/integrations/oauth/callback"
WEBHOOK_PATH = "/api/webhooks/meta"

# What is not given by the environment is made once and kept, by the service in the same way.
MADE_ONCE: dict[str, Callable[[], str]] = {
    "META_APP_ID": partial(digits, 16),
    "META_APP_SECRET": partial(secrets.token_hex, 16),
    "META_VERIFY_TOKEN": partial(secrets.token_urlsafe, 24),
    "INSTAGRAM_APP_ID": partial(digits, 16),
    "INSTAGRAM_APP_SECRET": partial(secrets.token_hex, 16),
}


@dataclass(frozen=True, kw_only=True)
class Config:
    """What the simulator must know about the installation it plays Meta for."""

    data_dir: Path
    app_id: str
    app_secret: str
    verify_token: str
    instagram_app_id: str
    instagram_app_secret: str
    graph_version: str = "v25.0"
    public_url: str = "http://localhost:8000"
    service_port: int = 8000
    own_url: str = "http://localhost:9000"
    frontend_origins: tuple[str, ...] = ()

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """The app's list of valid OAuth redirect addresses; a comparison is exact."""
        local = (f"http://{host}:{self.service_port}" for host in ("localhost", "127.0.0.1"))
        return tuple(dict.fromkeys(f"{base}{CALLBACK_PATH}" for base in (self.public_url, *local)))

    @property
    def webhook_url(self) -> str:
        """The callback that the app's dashboard names from the start."""
        return f"{self.public_url}{WEBHOOK_PATH}"


def read_config(environ: Mapping[str, str], *, port: int | None = None) -> Config:
    """The configuration by environment; missing keys and secrets are made once under the data directory."""
    data_dir = Path(environ.get("DATA_DIR") or "./var")
    service_port = int(environ.get("PORT") or 8000)
    own_port = port or int(environ.get("SIMULATOR_PORT") or 9000)
    kept = {
        name: environ.get(name) or kept_value(data_dir / "secrets", name, make)
        for name, make in MADE_ONCE.items()
    }
    origins = (environ.get("FRONTEND_ORIGINS") or "").replace(",", " ").split()
    return Config(
        data_dir=data_dir,
        app_id=kept["META_APP_ID"],
        app_secret=kept["META_APP_SECRET"],
        verify_token=kept["META_VERIFY_TOKEN"],
        instagram_app_id=kept["INSTAGRAM_APP_ID"],
        instagram_app_secret=kept["INSTAGRAM_APP_SECRET"],
        graph_version=environ.get("META_GRAPH_VERSION") or "v25.0",
        public_url=(environ.get("PUBLIC_URL") or f"http://localhost:{service_port}").rstrip("/"),
        service_port=service_port,
        own_url=f"http://localhost:{own_port}",
        frontend_origins=tuple(origins),
    )
