"""What happens to a whole WhatsApp Business account: the events of `account_update`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, moment_of, object_of, objects_in, text_of
from backend.platforms.port import AccessRevoked, AccountChanged, AccountTopic, AnyNotice
from backend.platforms.whatsapp.sentences import SUPPORT, sentence
from backend.platforms.whatsapp.value import Value

# Account events after which we may no longer act for the account.
REVOKING_EVENTS = frozenset({"PARTNER_APP_UNINSTALLED", "PARTNER_REMOVED", "ACCOUNT_DELETED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one word of WhatsApp's means; the text may name fields of the value."""

    topic: AccountTopic
    text: str
    ok: bool = True
    resolution: str | None = None


# `account_update`: event -> its meaning.
EVENTS: dict[str, Word] = {
    "ACCOUNT_DELETED": Word(topic=AccountTopic.PARTNER, text="The WhatsApp Business account was deleted."),
    "ACCOUNT_OFFBOARDED": Word(topic=AccountTopic.PARTNER, text="The number left the platform."),
    "ACCOUNT_RECONNECTED": Word(topic=AccountTopic.PARTNER, text="The number came back to the platform."),
    "ACCOUNT_RESTRICTION": Word(
        topic=AccountTopic.RESTRICTION, text="WhatsApp restricts the account", ok=False, resolution=SUPPORT
    ),
    "ACCOUNT_VIOLATION": Word(topic=AccountTopic.VIOLATION, text="WhatsApp sees a violation of its policy"),
    "AD_ACCOUNT_LINKED": Word(topic=AccountTopic.PARTNER, text="An ad account was linked."),
    "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE": Word(
        topic=AccountTopic.PRICING, text="The price of authentication messages abroad changes."
    ),
    "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE": Word(
        topic=AccountTopic.SETTINGS, text="The country of the business was set"
    ),
    "DISABLED_UPDATE": Word(
        topic=AccountTopic.RESTRICTION, text="WhatsApp disables the account", ok=False, resolution=SUPPORT
    ),
    "MM_LITE_TERMS_SIGNED": Word(
        topic=AccountTopic.PARTNER, text="The terms of marketing messages were signed."
    ),
    "PARTNER_ADDED": Word(topic=AccountTopic.PARTNER, text="The account was shared with a partner."),
    "PARTNER_APP_INSTALLED": Word(topic=AccountTopic.PARTNER, text="A partner's app was installed."),
    "PARTNER_APP_UNINSTALLED": Word(topic=AccountTopic.PARTNER, text="A partner's app was removed."),
    "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE": Word(
        topic=AccountTopic.REVIEW, text="The verification of the business by its partner"
    ),
    "PARTNER_REMOVED": Word(topic=AccountTopic.PARTNER, text="A partner was removed from the account."),
    "VOLUME_BASED_PRICING_TIER_UPDATE": Word(topic=AccountTopic.PRICING, text="The tier of prices changes."),
}
# Where an event's value says more, in which object and under which word.
MORE_IN = {
    "ACCOUNT_VIOLATION": ("violation_info", "violation_type"),
    "DISABLED_UPDATE": ("ban_info", "waba_ban_state"),
    "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE": ("partner_client_certification_info", "status"),
}
REINSTATED = "REINSTATE"


def read_account_update(value: Value, app_id: str) -> list[AnyNotice]:
    """What happened to a whole WABA; some events name a portfolio where the WABA belongs."""
    event = text_of(value.raw.get("event"))
    info = object_of(value.raw.get("waba_info"))
    facts = value.account_facts() | {
        "business_account_id": id_of(info.get("waba_id")) or value.business_account_id
    }
    partner = id_of(info.get("partner_app_id"))
    is_ours = not (partner and app_id) or partner == app_id
    if event in REVOKING_EVENTS and is_ours and facts["business_account_id"]:
        return [AccessRevoked(reason=event, **facts)]
    if event not in EVENTS:
        return [value.unrecognised("account_update", event, raw=value.change)]
    return [_told_event(value, event, facts)]


def _told_event(value: Value, event: str, facts: dict[str, Any]) -> AccountChanged:
    word = EVENTS[event]
    restrictions = objects_in(value.raw.get("restriction_info"))
    more = text_of(value.raw.get("country"))
    if event in MORE_IN:
        holder, name = MORE_IN[event]
        more = text_of(object_of(value.raw.get(holder)).get(name))
    if restrictions:
        more = ", ".join(filter(None, (text_of(each.get("restriction_type")) for each in restrictions)))
    lifted = more == REINSTATED or (event == "ACCOUNT_RESTRICTION" and not restrictions)
    ok = word.ok or lifted
    return AccountChanged(
        topic=word.topic,
        word=event,
        text=sentence("WhatsApp lifted a restriction" if lifted else word.text, more),
        ok=ok,
        resolution=None if ok else word.resolution,
        until=_latest(restrictions),
        **facts,
    )


def _latest(restrictions: list[JSONObject]) -> datetime | None:
    """When the last restriction ends; None where one of them has no end."""
    ends = [moment_of(each.get("expiration")) for each in restrictions]
    known = [end for end in ends if end]
    return max(known) if known and len(known) == len(ends) else None
