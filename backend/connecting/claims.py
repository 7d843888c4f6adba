"""What a browser says about a WhatsApp number: a claim, until Meta has confirmed it for the access that came along."""

from __future__ import annotations

from dataclasses import dataclass

from backend.connecting.errors import (
    AccountNotReachable,
    AccountTaken,
    NumberRequired,
)
from backend.connecting.finish import mark_taken
from backend.integrations.adapters import whatsapp
from backend.integrations.models import ChannelIntegration
from backend.lib.json_types import JSONObject
from backend.lib.secret import Secret
from backend.platforms.port import Account, Grant
from backend.platforms.registry import PLATFORMS

PLATFORM = "WHATSAPP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the request says about the number; nothing of it is believed before Meta confirms it."""

    waba_id: str
    number_id: str = ""  # Empty: the only number of the WABA.
    coexistence: bool = False
    replace: bool = False
    pin: Secret | None = None

    def kept(self) -> JSONObject:
        return {
            "wabaId": self.waba_id,
            "phoneNumberId": self.number_id,
            "coexistence": self.coexistence,
            "replace": self.replace,
            "pinGiven": self.pin is not None,
        }


def claimed_number(integration: ChannelIntegration, grant: Grant, waba_id: str, number_id: str) -> Account:
    """The number, if the access reaches it. Raises AccountNotReachable, NumberRequired, AccountTaken."""
    limits = {target for name in PLATFORMS[PLATFORM].scopes for target in grant.targets.get(name, ())}
    if limits and waba_id not in limits:
        raise AccountNotReachable(fields={"wabaId": [AccountNotReachable.message]})
    numbers = mark_taken(integration, whatsapp().list_numbers(grant, [waba_id]))
    if not number_id and len(numbers) > 1:
        listed = ", ".join(f"{number.account_id} ({number.name})" for number in numbers)
        raise NumberRequired(fields={"phoneNumberId": [f"One of: {listed}."]})
    found = [number for number in numbers if number_id in ("", number.account_id)]
    unusable = next((number for number in found or numbers if number.reason), None)
    if unusable and unusable.reason == AccountTaken.message:
        raise AccountTaken
    if unusable and unusable.reason:
        raise AccountNotReachable(unusable.reason, fields={"wabaId": [unusable.reason]})
    if not found:
        raise AccountNotReachable(fields={"phoneNumberId": [AccountNotReachable.message]})
    return found[0]
