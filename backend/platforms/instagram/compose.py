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

# Meta shows `reply_to` on sending for Messenger; for Instagram no page of Meta's does. Until it was seen to
# work on a live account, an answer goes out without its quotation rather than not at all.
SENDS_REPLY_TO = False


def compose(account: Account, message: OutboundMessage) -> GraphCall:
    """The request that sends the message; raises Malformed for a kind that cannot be sent.

    Instagram gives nothing back in its echoes, so a message of ours is known again by its id only.
    """
    composer = COMPOSERS.get(message.type)
    if composer is None:
        raise Malformed(f"Instagram messages of the kind {message.type} cannot be sent.")
    body = composer(message)
    if not SENDS_REPLY_TO:
        body.pop("reply_to", None)
    return GraphCall(path=_path_of(account), body=body)


def _path_of(account: Account) -> str:
    """An account that is reached through a Page sends as that Page; one that is not, as itself."""
    return f"{node(account.page_id or account.account_id)}/messages"


COMPOSERS: dict[MessageType, Callable[[OutboundMessage], JSONObject]] = {
    MessageType.TEXT: text_body,
    MessageType.INTERACTIVE: interactive_body,
    **dict.fromkeys(ATTACHMENTS, media_body),
}
