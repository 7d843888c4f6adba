from __future__ import annotations

from backend.platforms.meta.graph import node
from backend.platforms.meta.signals import signal_body
from backend.platforms.port import Account, GraphCall, Signal


def compose_signal(account: Account, signal: Signal) -> GraphCall:
    """The request that shows the signal."""
    return GraphCall(path=f"{node(account.account_id)}/messages", body=signal_body(signal))
