"""What must not be written to a log is cut out here, whoever logs it."""

from __future__ import annotations

import re
from typing import Any

from backend.lib.secret import MASK, Secret

# Names whose values are never logged, wherever they stand in a structure.
SECRET_NAMES = re.compile(
    r"token|secret|password|authorization|signature|cookie|api_?key|appsecret_proof|pin$|ticket",
    re.IGNORECASE,
)
SECRET_SHAPES = re.compile(
    r"\b(?:EAA|IGAA|IGQ)[A-Za-z0-9_\-|]{8,}"  # Meta's tokens.
    r"|\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-.]+"  # Our JWTs and sealed columns.
    r"|\bgwk_[0-9a-f]{12}_[A-Za-z0-9_\-]{8,}"  # Our API keys.
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"  # Login and password of a database or a broker.
    r"|(?<=Bearer )[^\s\"',]+"
    r"|(?<=access_token=)[^&\s\"']+|(?<=client_secret=)[^&\s\"']+|(?<=hub\.verify_token=)[^&\s\"']+"
    r"|(?<=[?&]code=)[^&\s\"']+|(?<=[?&]state=)[^&\s\"']+|(?<=[?&]ticket=)[^&\s\"']+"
)


def redact_text(text: str) -> str:
    """The text with everything that has the shape of a token masked."""
    return SECRET_SHAPES.sub(MASK, text)


def redact(value: Any, name: str = "") -> Any:
    """The value fit for a log: secrets by name or by shape are masked, at any depth."""
    if isinstance(value, Secret) or (name and value and SECRET_NAMES.search(name)):
        return MASK
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict):
        return {key: redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(item) for item in value]
    return value
