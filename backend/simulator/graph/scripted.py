"""What was asked to go wrong strikes here, before a call is answered or after."""

import json

from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, outage, rate_limited
from backend.simulator.records import BusinessAccount, PhoneNumber


def raise_faults(call: Call) -> None:
    """Raises what is scripted for this call, if anything is."""
    faults = call.sim.faults
    if faults.takes("outage"):
        raise outage()
    if faults.takes("rateLimit"):
        raise rate_limited(rate_limit_code(call), usage(call))
    error = faults.error_for(call.method, call.path)
    if error:
        raise GraphError(
            error["message"],
            error["code"],
            error["subcode"],
            status=error["status"],
            transient=error["transient"],
        )


def rate_limit_code(call: Call) -> int:
    """Meta counts WhatsApp messages, WhatsApp accounts and the rest apart."""
    node = call.sim.world.node(call.path[0]) if call.path else None
    if isinstance(node, PhoneNumber) and call.path[1:] == ["messages"]:
        return 130429
    return 80007 if isinstance(node, PhoneNumber | BusinessAccount) else 4


def usage(call: Call) -> str:
    family = {"call_count": 100, "total_cputime": 20, "total_time": 20, "estimated_time_to_regain_access": 1}
    return json.dumps({(call.path or ["0"])[0]: [{"type": "messenger", **family}]})


def loses_answer(call: Call) -> bool:
    """Whether the answer gets lost; only work gets lost this way, no look and no signal such as typing."""
    is_signal = "sender_action" in call.params or call.params.get("status") == "read"
    works = call.method != "GET" or call.path == ["oauth", "access_token"]
    return works and not is_signal and call.sim.faults.takes("loseAnswer")
