from __future__ import annotations

from backend.lib.json_types import JSONObject
from backend.platforms.errors import Malformed
from backend.platforms.meta.compose import platform_id_of
from backend.platforms.meta.signals import UNKNOWN_MESSAGE
from backend.platforms.port import Account, GraphCall, Signal, SignalKind
from backend.platforms.whatsapp.compose import CALLBACK_DATA_LIMIT, messages_path, recipient_of


def compose_signal(account: Account, signal: Signal) -> GraphCall | None:
    """The request that shows the signal; None where WhatsApp has no such thing. Typing also marks as read."""
    if signal.kind is SignalKind.REACTION:
        return GraphCall(path=messages_path(account), body=_reaction(signal))
    message_id = platform_id_of(signal.last_external_id)
    if signal.kind is SignalKind.TYPING_OFF or not message_id:
        # It ends by itself after 25 seconds, and neither exists without a message of the contact.
        return None
    body: JSONObject = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    if signal.kind is SignalKind.TYPING_ON:
        body["typing_indicator"] = {"type": "text"}
    return GraphCall(path=messages_path(account), body=body)


def _reaction(signal: Signal) -> JSONObject:
    """To WhatsApp it is a message that names another one; an empty emoji takes it off."""
    message_id = platform_id_of(signal.target_external_id)
    if not message_id:
        raise Malformed(UNKNOWN_MESSAGE)
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient_of(signal.to),
        "type": "reaction",
        "reaction": {"message_id": message_id, "emoji": signal.emoji},
        "biz_opaque_callback_data": signal.correlation_id[:CALLBACK_DATA_LIMIT],
    }
