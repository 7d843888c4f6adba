from __future__ import annotations

from collections.abc import Callable

from backend.lib.json_types import JSONObject
from backend.platforms.errors import Malformed
from backend.platforms.meta.compose import (
    ATTACHMENTS,
    interactive_body,
    media_body,
    text_body,
)
from backend.platforms.meta.graph import node
from backend.platforms.port import Account, GraphCall, MessageType, OutboundMessage

METADATA_LIMIT = 1000


def compose(account: Account, message: OutboundMessage) -> GraphCall:
    """The request that sends the message; raises Malformed for a kind that cannot be sent.

    Meta gives `metadata` back in the echo, which is how we know our own messages again.
    """
    composer = COMPOSERS.get(message.type)
    if composer is None:
        raise Malformed(f"Messenger messages of the kind {message.type} cannot be sent.")
    body = composer(message)
    body["message"]["metadata"] = message.correlation_id[:METADATA_LIMIT]
    return GraphCall(path=f"{node(account.account_id)}/messages", body=body)


COMPOSERS: dict[MessageType, Callable[[OutboundMessage], JSONObject]] = {
    MessageType.TEXT: text_body,
    MessageType.INTERACTIVE: interactive_body,
    **dict.fromkeys(ATTACHMENTS, media_body),
}
