"""docker-compose.yml names real commands and no secret. Docker itself is not needed to read it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml

from backend.config.management.commands import serve
from backend.config.supervisor import Child
from tests.house.source import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BELOW = {"postgres", "redis"}
OURS = sorted(set(SERVICES) - BELOW)
# A service -> the part of the supervisor that it is; beside these, the database is migrated once.
PARTS = {
    "web": "web",
    "rest": "web",
    "worker": "worker",
    "drain": "drain",
    "beat": "sweep",
    "simulator": "simulator",
}
LIMITS = {"mem_limit", "cpus", "pids_limit"}


def test_the_parts_of_the_supervisor_are_there() -> None:
    assert {*BELOW, "migrate", *PARTS} == set(SERVICES)


@pytest.mark.parametrize(("service", "part"), PARTS.items())
def test_each_part_is_started_as_the_supervisor_starts_it(service: str, part: str, settings: Any) -> None:
    """The process tests run both: the supervisor's children, and these."""
    settings.SANDBOX, settings.BROKER_URL = True, "redis://broker"
    children: list[Child] = serve.Command()._children("0.0.0.0")
    supervised = next(child for child in children if child.name == part).command
    assert _words(SERVICES[service]["command"]) == _words(supervised)


def _words(command: Any) -> list[str]:
    """What is started; after it stands where it listens and what it touches."""
    return [str(word).removeprefix(f"{ROOT}/") for word in command[1:3]]


@pytest.mark.parametrize("name", OURS)
def test_every_option_is_known(name: str) -> None:
    """What stands after the command is told by its own --help."""
    words = SERVICES[name]["command"]
    command = [sys.executable, *words[1:3], "--help"]
    environment = {"SANDBOX": "1", "ENV_FILE": "/dev/null", "DATA_DIR": "/nonexistent-data"}
    helped = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    options = [word for word in words[3:] if word.startswith("--")]
    assert [option for option in options if option not in helped.stdout] == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_has_limits(name: str) -> None:
    missing = LIMITS - set(SERVICES[name])
    assert not missing, f"give {name} {', '.join(sorted(missing))}"


def test_who_sends_may_start_all_of_its_threads(settings: Any) -> None:
    """The limit counts threads; beside those that send stand Celery's, the other lanes' and ffmpeg's."""
    assert SERVICES["drain"]["pids_limit"] >= 4 * settings.SEND_THREADS


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_service_that_stays_has_a_health_check(name: str) -> None:
    assert "healthcheck" in SERVICES[name]


def test_secrets_come_from_outside() -> None:
    words = ("PASSWORD", "SECRET", "TOKEN", "KEY")
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if any(word in variable for word in words):
                assert str(value).startswith("${"), f"{variable} of {name} stands in docker-compose.yml"
            if "://" in str(value):
                assert ":${" in str(value), (
                    f"the password in {variable} of {name} stands in docker-compose.yml"
                )
        assert "build" not in service or service["env_file"] == ".env"


def test_nothing_but_the_code_is_built_in() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "the image takes in what .dockerignore names, and nothing else"
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert kept == {"manage.py", "requirements.txt", "backend"}
