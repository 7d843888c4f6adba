from __future__ import annotations

from backend.platforms.meta.graph import node
from backend.platforms.meta.signals import signal_body
from backend.platforms.port import Account, GraphCall, Signal


def compose_signal(account: Account, signal: Signal) -> GraphCall:
    """The request that shows the signal, through the Page where there is one."""
    path = f"{node(account.page_id or account.account_id)}/messages"
    return GraphCall(path=path, body=signal_body(signal))
