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
PARTS = tuple(sorted(set(SERVICES) - NOT_PARTS))


def command_of(name: str, folder: Path) -> list[str]:
    """The command of a service, for this machine: its own Python, and its /tmp in the folder."""
    return [_here(word, name, folder) for word in SERVICES[name]["command"]]


def check_of(name: str, folder: Path) -> list[str]:
    """The command of its health check, likewise; the ports inside the containers are those of this installation."""
    ports = {"8000": os.environ.get("PORT", "8000"), "9000": os.environ.get("SIMULATOR_PORT", "9000")}
    words = [_here(word, name, folder) for word in SERVICES[name]["healthcheck"]["test"][1:]]
    for inside, outside in ports.items():
        words = [word.replace(f":{inside}/", f":{outside}/") for word in words]
    return words


def _here(word: str, name: str, folder: Path) -> str:
    if word == "python":
        return sys.executable
    return word.replace("/tmp/", f"{folder}/{name}-")


def main() -> None:
    """Migrate, make the demo logins, and keep every part running until told to stop."""
    folder = Path(os.environ["DATA_DIR"])
    subprocess.run(command_of("migrate", folder), cwd=ROOT, check=True)
    subprocess.run([sys.executable, "manage.py", "seed_demo"], cwd=ROOT, check=True)
    children = [Child(name, command_of(name, folder)) for name in PARTS]
    Supervisor(children).run(when_ready=lambda: None, is_ready=lambda: False)


if __name__ == "__main__":
    main()
