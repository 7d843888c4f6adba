"""What Messenger and Instagram call sender actions: they stand alone in their request, never beside a message."""

from __future__ import annotations

from backend.lib.json_types import JSONObject
from backend.platforms.errors import Malformed
from backend.platforms.meta.compose import platform_id_of, recipient_of
from backend.platforms.port import Signal, SignalKind

SENDER_ACTIONS: dict[SignalKind, str] = {
    # ours -> Meta's
    SignalKind.READ: "mark_seen",
    SignalKind.TYPING_ON: "typing_on",
    SignalKind.TYPING_OFF: "typing_off",
}
UNKNOWN_MESSAGE = "The platform does not know the message that is reacted to."


def signal_body(signal: Signal) -> JSONObject:
    """The body of the request that shows the signal. Raises Malformed for a reaction to no message of Meta's."""
    action = (
        _reaction(signal)
        if signal.kind is SignalKind.REACTION
        else {"sender_action": SENDER_ACTIONS[signal.kind]}
    )
    return {"recipient": recipient_of(signal.to), **action}


def _reaction(signal: Signal) -> JSONObject:
    """Put on again it changes; taken off it names the message alone."""
    message_id = platform_id_of(signal.target_external_id)
    if not message_id:
        raise Malformed(UNKNOWN_MESSAGE)
    if not signal.emoji:
        return {"sender_action": "unreact", "payload": {"message_id": message_id}}
    return {"sender_action": "react", "payload": {"message_id": message_id, "reaction": signal.emoji}}
