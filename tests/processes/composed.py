"""
docker-compose.yml without the containers: its services' own commands, started again when they die.

Run as a program with SANDBOX=1, it stands in for `docker compose --profile simulator up`: what it must be told of the
database, the broker, the ports and the folder stands in its environment, as it stands in that of a container.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from backend.config.supervisor import Child, Supervisor

ROOT = Path(__file__).resolve().parents[2]
SERVICES: Mapping[str, Mapping[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
    "services"
]
# Of other people's images, or done before the others start.
NOT_PARTS = {"postgres", "redis", "migrate"}
# A port inside the containers -> the variable that says which one it is here.
PORTS = {"8000": "PORT", "8001": "REST_PORT", "9000": "SIMULATOR_PORT"}
PARTS = tuple(sorted(set(SERVICES) - NOT_PARTS))


def command_of(name: str, folder: Path) -> list[str]:
    """The command of a service, for this machine: its own Python, and its pulse in the folder."""
    return [_here(word, name, folder) for word in SERVICES[name]["command"]]


def check_of(name: str, folder: Path, ports: Mapping[str, str]) -> list[str]:
    """The command of its health check, likewise; where it asks a port of the container, one of these."""
    words = [_here(word, name, folder) for word in SERVICES[name]["healthcheck"]["test"][1:]]
    for inside, outside in PORTS.items():
        words = [word.replace(f":{inside}/", f":{ports[outside]}/") for word in words]
    return words


def _here(word: str, name: str, folder: Path) -> str:
    if word == "python":
        return sys.executable
    if word in PORTS:
        return os.environ[PORTS[word]]
    return word.replace("/run/gateway/", f"{folder}/{name}-")


def main() -> None:
    """Migrate, make the demo logins, and keep every part running until told to stop."""
    folder = Path(os.environ["DATA_DIR"])
    subprocess.run(command_of("migrate", folder), cwd=ROOT, check=True)
    subprocess.run([sys.executable, "manage.py", "seed_demo"], cwd=ROOT, check=True)
    children = [Child(name, command_of(name, folder)) for name in PARTS]
    Supervisor(children).run(when_ready=lambda: None, is_ready=lambda: False)


if __name__ == "__main__":
    main()
