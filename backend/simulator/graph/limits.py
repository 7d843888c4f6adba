"""Messages that come too fast are refused, as Meta refuses them."""

from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError
from backend.simulator.records import InstagramAccount, Page, PhoneNumber, Record
from backend.simulator.throughput import (
    BESIDE_APP,
    HEAVY,
    INSTAGRAM,
    LEVELS,
    PAGE,
    PERSON,
    PERSON_AT_ONCE,
    STANDARD,
)

HEAVY_KINDS = ("audio", "video")


def limit_sending(call: Call, node: Record) -> None:
    """Raises Meta's refusal where this message is one too many."""
    if not is_message(call):
        return
    if isinstance(node, PhoneNumber):
        limit_number(call, node)
    elif isinstance(node, Page | InstagramAccount):
        limit_account(call, node)


def is_message(call: Call) -> bool:
    """Whether the call sends something that Meta counts; signals are none."""
    is_signal = "sender_action" in call.params or "status" in call.params
    return call.method == "POST" and call.path[1:] == ["messages"] and not is_signal


def limit_number(call: Call, number: PhoneNumber) -> None:
    throughput = call.sim.throughput
    rate = BESIDE_APP if number.on_phone else LEVELS.get(number.throughput, STANDARD)
    if not throughput.takes(number.id, rate):
        details = "Cloud API message throughput has been reached."
        raise GraphError("(#130429) Rate limit hit", 130429, details=details)
    person = call.text("to") or call.text("recipient")
    if not throughput.takes(f"{number.id} {person}", PERSON, PERSON_AT_ONCE):
        details = "Too many messages sent from this phone number to the same phone number in a short time."
        raise GraphError("(#131056) Pair rate limit hit", 131056, details=details)


def limit_account(call: Call, account: Page | InstagramAccount) -> None:
    throughput = call.sim.throughput
    attachment = call.object("message").get("attachment")
    kind = attachment.get("type") if isinstance(attachment, dict) else ""
    rate = INSTAGRAM if isinstance(account, InstagramAccount) else PAGE
    heavy = kind in HEAVY_KINDS and not throughput.takes(f"{account.id} heavy", HEAVY)
    if heavy or not throughput.takes(account.id, rate):
        raise GraphError("(#613) Calls to this api have exceeded the rate limit.", 613)
