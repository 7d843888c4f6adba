"""Starting, ending and dying: the supervisor and its children."""

from __future__ import annotations

import time
from functools import partial

import pytest

from tests.processes.stack import PARTS, Stack, running, wait_for

pytestmark = pytest.mark.process

AGAIN_WITHIN = 3.0  # Seconds; the contract's promise for a child that dies.
SECOND_START_WITHIN = 5.0
TO_LET_GO = 3.0  # Seconds that children may need to notice that their supervisor is gone.


def test_ctrl_c_ends_everything(stack: Stack) -> None:
    stack.start()
    assert set(stack.parts()) == set(PARTS)
    assert stack.interrupt() == 0, stack.log.read_text()
    assert running(stack.folder) == {}
    assert "Traceback" not in stack.log.read_text()


@pytest.mark.long
def test_a_child_that_dies_is_started_again(stack: Stack) -> None:
    stack.start()
    for name in PARTS:
        died = stack.kill(name)
        killed_at = time.monotonic()
        wait_for(partial(_is_back, stack, name, died), f"{name} is back", within=10)
        assert time.monotonic() - killed_at < AGAIN_WITHIN, name
    wait_for(stack.is_ready, "everything answers again")


@pytest.mark.long
def test_children_end_with_their_supervisor_and_the_next_start_recovers(stack: Stack) -> None:
    stack.start()
    stack.log_in()
    stack.connect("WHATSAPP")
    stack.kill_supervisor()
    # At once: the next start has to wait for the ports by itself.
    assert stack.start() < SECOND_START_WITHIN + TO_LET_GO
    assert len(running(stack.folder)) == 1 + len(PARTS), "the former children have ended"
    kept = stack.get("/api/integrations")["integrations"]
    assert [(row["platform"], row["status"]) for row in kept] == [("WHATSAPP", "CONNECTED")]


@pytest.mark.long
def test_the_second_start_is_quick_and_keeps_the_data(stack: Stack) -> None:
    stack.start()
    stack.log_in()
    stack.connect("MESSENGER")
    stack.sim_post("/sim/inbound", {"platform": "MESSENGER", "kind": "text", "text": "Before the night."})
    wait_for(stack.messages, "the message is in the books")
    stack.interrupt()
    assert stack.start() < SECOND_START_WITHIN
    assert [message["text"] for message in stack.messages()] == ["Before the night."]
    stack.sim_post("/sim/inbound", {"platform": "MESSENGER", "kind": "text", "text": "After the night."})
    wait_for(lambda: len(stack.messages()) == 2, "the connection still works")


@pytest.mark.long
def test_only_one_supervisor_at_a_time(stack: Stack) -> None:
    stack.start()
    second = Stack(stack.folder)
    with pytest.raises(AssertionError, match="runs already on"):
        second.start()
    assert stack.is_ready()


def _is_back(stack: Stack, name: str, died: int) -> bool:
    return stack.parts().get(name, died) != died
