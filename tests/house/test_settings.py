"""Every variable that is read is documented, and every one that is documented is read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house.source import ROOT, python_files

ENV_EXAMPLE = ROOT / ".env.example"
DOCUMENTED = re.compile(r"^(?:# )?([A-Z][A-Z_]+)=", re.MULTILINE)

READ_BY_SETTINGS = re.compile(r'(?:env\.\w+|_made_once)\(\s*"([A-Z_]+)"')
READ_BY_SIMULATOR = re.compile(
    r'environ(?:\.get\(|\[)\s*"([A-Z_]+)"|^\s+"([A-Z_]+)": (?:partial|lambda)', re.MULTILINE
)

# Set by the supervisor for its children; nobody else sets it.
INTERNAL = {"PARENT_PIPE"}


def variables_read() -> set[str]:
    """By the service's one settings file, and by the simulator, which shares nothing with it."""
    names = set(READ_BY_SETTINGS.findall((ROOT / "backend/config/settings.py").read_text()))
    for path in python_files("backend/simulator"):
        names |= {word for pair in READ_BY_SIMULATOR.findall(path.read_text()) for word in pair if word}
    return names - INTERNAL


def test_every_setting_is_in_env_example() -> None:
    documented = set(DOCUMENTED.findall(ENV_EXAMPLE.read_text()))
    missing, stale = variables_read() - documented, documented - variables_read()
    assert not missing, f"describe in .env.example: {', '.join(sorted(missing))}"
    assert not stale, f"nothing reads, remove from .env.example: {', '.join(sorted(stale))}"


def test_settings_are_read_in_one_place() -> None:
    reads = re.compile(r"os\.(?:environ|getenv)")
    allowed = {"settings.py", "parent.py", "supervisor.py", "asgi.py", "wsgi.py", "journey.py"}
    found = [
        path.name
        for path in python_files("backend")
        if "simulator" not in path.parts and path.name not in allowed and reads.search(path.read_text())
    ]
    assert not found, f"read the environment in backend/config/settings.py alone, not in {', '.join(found)}"


def test_a_copy_of_env_example_starts(tmp_path: Path) -> None:
    """Whoever copies the file and changes nothing gets the defaults, in the sandbox."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, "ENV_FILE": str(ENV_EXAMPLE), "SANDBOX": "1", "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_production_refuses_to_start_without_secrets(tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, "ENV_FILE": os.devnull, "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "Not set: SECRET_KEY" in run.stderr, run.stderr
    assert not list(tmp_path.iterdir()), "outside the sandbox no secret is made up"
