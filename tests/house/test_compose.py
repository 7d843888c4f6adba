"""docker-compose.yml names real commands and no secret. Docker itself is not needed to read it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.house.source import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
COMMANDS = {path.stem for path in (ROOT / "backend/config/management/commands").glob("*.py")} | {"migrate"}


def test_the_parts_of_the_supervisor_are_there() -> None:
    assert {"postgres", "migrate", "web", "worker", "simulator"} == set(SERVICES)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"postgres"}))
def test_commands_exist(name: str) -> None:
    command = SERVICES[name]["command"]
    if command[1] == "manage.py":
        assert command[2] in COMMANDS, f"manage.py has no {command[2]}"
    else:
        assert (ROOT / command[2].replace(".", "/") / "__main__.py").exists(), command


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_has_a_limit_of_memory(name: str) -> None:
    assert "mem_limit" in SERVICES[name], f"give {name} a mem_limit"


def test_secrets_come_from_outside() -> None:
    words = ("PASSWORD", "SECRET", "TOKEN", "KEY")
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if any(word in variable for word in words):
                assert str(value).startswith("${"), f"{variable} of {name} stands in docker-compose.yml"
        assert "build" not in service or service["env_file"] == ".env"


def test_nothing_but_the_code_is_built_in() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "the image takes in what .dockerignore names, and nothing else"
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert kept == {"manage.py", "requirements.txt", "backend"}
