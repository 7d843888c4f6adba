"""Whether a text is one emoji, as platforms take it for a reaction."""

from __future__ import annotations

import re

# Where pictures stand in Unicode; digits and the like are pictures only as keys.
_PICTURES = (
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25aa-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299"
)
_TAGS = "[\U000e0020-\U000e007e]+\U000e007f"  # The flags of England, Scotland and Wales.
_PICTURE = f"[{_PICTURES}][\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?(?:{_TAGS})?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEY = "[0-9#*]\ufe0f?\u20e3"

EMOJI = re.compile(f"(?:{_FLAG}|{_KEY}|{_PICTURE}(?:\u200d{_PICTURE})*)")
MOST = 32  # Characters: families with skin tones have some fifteen.


def is_emoji(text: str) -> bool:
    """Whether it is one emoji and nothing else."""
    return len(text) <= MOST and EMOJI.fullmatch(text) is not None
