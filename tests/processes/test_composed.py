"""What docker-compose.yml starts: every part is well by its own health check, dies alone, and ends in peace."""

from __future__ import annotations

import subprocess
from functools import partial

import pytest

from tests.processes import composed
from tests.processes.conftest import on_postgres
from tests.processes.stack import Stack, running, wait_for

pytestmark = [pytest.mark.process, pytest.mark.long, on_postgres]

WELL_WITHIN = 30.0  # Seconds; the sign of life is given every few seconds.
BACK_WITHIN = 10.0


def test_every_part_is_well_and_comes_back_and_ends(stack: Stack) -> None:
    stack.start()
    for name in composed.PARTS:
        wait_for(partial(_is_well, stack, name), f"{name} is well", within=WELL_WITHIN)
    for name in composed.PARTS:
        died = stack.kill(name)
        wait_for(partial(_is_another, stack, name, died), f"{name} is back", within=BACK_WITHIN)
    wait_for(stack.is_ready, "everything answers again")
    assert stack.interrupt() == 0, stack.log.read_text()
    assert running(stack.folder) == {}
    assert "Traceback" not in stack.log.read_text()


def _is_another(stack: Stack, name: str, died: int) -> bool:
    return stack.parts().get(name, died) != died


def _is_well(stack: Stack, name: str) -> bool:
    environment = stack.environment()
    command = composed.check_of(name, stack.folder, stack.ports)
    check = subprocess.run(command, cwd=composed.ROOT, env=environment, check=False, capture_output=True)
    return check.returncode == 0
