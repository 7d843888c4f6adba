from __future__ import annotations

from collections.abc import Iterable

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, text_of
from backend.platforms.port import Account, Grant


def account_of(number: JSONObject, waba_id: str, waba_name: str, grant: Grant, reason: str | None) -> Account:
    """One phone number of a WABA as an account."""
    number_id = id_of(number.get("id"))
    display = text_of(number.get("display_phone_number"))
    name = text_of(number.get("verified_name")) or waba_name or display or number_id
    return Account(
        account_id=number_id,
        name=name,
        token=grant.token,
        platform_account_id=waba_id,
        platform_account_name=name,
        business_account_id=waba_id,
        metadata={"phoneNumberId": number_id, "displayPhoneNumber": display},
        reason=reason,
    )


def unusable(waba_id: str, name: str, grant: Grant, reason: str) -> Account:
    """A WABA that has no number to choose, listed with the reason."""
    return Account(
        account_id=waba_id,
        name=name,
        token=grant.token,
        platform_account_id=waba_id,
        platform_account_name=name,
        business_account_id=waba_id,
        reason=reason,
    )


def why_not(grant: Grant, required: Iterable[str]) -> str | None:
    """Why none of the grant's numbers can be used; None: they can."""
    missing = [name for name in required if name not in grant.permissions]
    if not missing:
        return None
    return f"A permission is missing: {', '.join(missing)}. Connect again and allow it."
