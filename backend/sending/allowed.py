"""Whether a message may go out at this moment."""

from __future__ import annotations

from backend.conversations.models import Conversation
from backend.conversations.window import Window, WindowState, may_send, reply_window
from backend.lib.clock import now
from backend.platforms.port import SEND_TYPES
from backend.platforms.registry import PLATFORMS
from backend.sending.errors import AccountReplaced, NotConnected, Unsupported, WindowClosed

WITH_TAG = "A person may still answer: send it again with humanAgent."
BY_PERSON = "Hand the conversation to a person: people may still answer, with humanAgent."
BY_TEMPLATE = "Send an approved template, or wait until the customer writes again."


def check_allowed(
    conversation: Conversation, message_type: str, *, human_agent: bool = False, by_person: bool = False
) -> WindowState:
    """The window that a message of this type goes out in now. Raises why it may not.

    `human_agent`: it may carry the platform's tag for an answer that a person gives late; `by_person`: one wrote it.
    """
    integration = conversation.integration
    info = PLATFORMS[conversation.platform]
    capabilities = info.capabilities
    if integration.account_id and integration.account_id != conversation.account_id:
        raise AccountReplaced
    if not integration.is_connected:
        raise NotConnected
    sent_as = SEND_TYPES.get(message_type)
    if sent_as not in capabilities.message_types:
        raise Unsupported(
            f"{info.name} takes nothing of the type {message_type}.",
            resolution=f"Send one of these instead: {', '.join(capabilities.message_types)}.",
        )
    window = window_of(conversation)
    if not may_send(window, sent_as, human_agent=human_agent, by_person=by_person):
        raise WindowClosed(resolution=_remedy(window, by_person), extra={"allowed": list(window.allowed)})
    return window.state


def window_of(conversation: Conversation) -> Window:
    """The reply window of a conversation whose account is the present one, at this moment."""
    return reply_window(
        PLATFORMS[conversation.platform].capabilities,
        last_inbound_at=conversation.last_inbound_at,
        at=now(),
        account_is_current=True,
        refused_at=conversation.refused_at,
        human_agent=conversation.integration.has_human_agent,
    )


def _remedy(window: Window, by_person: bool) -> str | None:
    if window.state == WindowState.TEMPLATE_ONLY:
        return BY_TEMPLATE
    if window.state == WindowState.HUMAN_AGENT:
        return WITH_TAG if by_person else BY_PERSON
    return None
