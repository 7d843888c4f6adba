from __future__ import annotations

import hmac
from collections.abc import Mapping

from backend.lib.secret import Secret


def challenge(query: Mapping[str, str], *verify_tokens: Secret) -> str | None:
    """What to answer to Meta's handshake, as plain text; None if the caller does not know the token."""
    given = query.get("hub.verify_token", "").encode("utf-8", "replace")
    matches = [hmac.compare_digest(token.reveal().encode(), given) for token in verify_tokens if token]
    if query.get("hub.mode") != "subscribe" or not any(matches):
        return None
    return query.get("hub.challenge") or None
