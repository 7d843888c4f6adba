"""Meta's error codes and what they mean for a shop owner."""

from __future__ import annotations

from backend.platforms.meta.rule import NO_PERMISSION, Rule
from backend.platforms.meta.rules_graph import BY_PAIR, BY_SUBCODE, GRAPH_CODES
from backend.platforms.meta.rules_whatsapp import WHATSAPP_CODES, WHATSAPP_RANGES

BY_CODE: dict[int, Rule] = GRAPH_CODES | WHATSAPP_CODES
BY_RANGE: tuple[tuple[range, Rule], ...] = ((range(200, 300), NO_PERMISSION), *WHATSAPP_RANGES)


def rule_for(code: int | None, subcode: int | None) -> Rule | None:
    """The rule for what Meta said, the most exact first; None: we do not know this code."""
    if code is None:
        return None
    pair = (code, subcode if subcode is not None else -1)
    rule = BY_PAIR.get(pair) or BY_SUBCODE.get(pair[1]) or BY_SUBCODE.get(code) or BY_CODE.get(code)
    return rule or next((each for codes, each in BY_RANGE if code in codes), None)


def is_exact(code: int | None, subcode: int | None) -> bool:
    """Whether a rule exists for the subcode, so that Meta's hint of a passing fault does not apply."""
    return (code, subcode) in BY_PAIR or subcode in BY_SUBCODE or code in BY_SUBCODE
