"""What WhatsApp says of a number, and the words for what a number is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backend.lib.json_types import JSONObject
from backend.lib.reading import moment_of, object_of, text_of
from backend.platforms.meta.app_webhook import place_of
from backend.platforms.meta.finding import well, wrong
from backend.platforms.port import Check

NUMBER_FIELDS = "id,display_phone_number,verified_name,quality_rating,status"
ALL_FIELDS = (
    f"{NUMBER_FIELDS},name_status,platform_type,throughput,is_on_biz_app,last_onboarded_time,"
    "whatsapp_business_manager_messaging_limit"
)


# Who sends a number's messages where; the most exact wins.
WEBHOOK_LEVELS = ("phone_number", "whatsapp_business_account", "application")
OWN_WEBHOOK = "own_webhook"


def check_webhook(number: JSONObject, ours: set[str]) -> tuple[Check, ...]:
    """Whether the number's messages come to one of our addresses; nothing where WhatsApp does not say."""
    set_at = object_of(number.get("webhook_configuration"))
    url = next((url for level in WEBHOOK_LEVELS if (url := text_of(set_at.get(level)))), "")
    if not url or not ours:
        return ()
    if url not in ours:
        said = f"WhatsApp sends this number's messages to another address: {place_of(url)}."
        return (wrong(OWN_WEBHOOK, said, "Connect the number again, which sets its address anew."),)
    return (well(OWN_WEBHOOK, "WhatsApp sends this number's messages to this service."),)


class SyncKind(StrEnum):
    """What a phone with the WhatsApp Business app hands over, each once after onboarding."""

    CONTACTS = "smb_app_state_sync"
    HISTORY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFacts:
    """What WhatsApp says of a number right now, in its own words."""

    display: str
    verified_name: str
    name_status: str  # APPROVED, AVAILABLE_WITHOUT_REVIEW, PENDING_REVIEW, DECLINED, EXPIRED, NONE
    quality_rating: str  # GREEN, YELLOW, RED, UNKNOWN
    status: str  # CONNECTED, PENDING, DISCONNECTED, FLAGGED, RESTRICTED …
    platform_type: str  # CLOUD_API
    throughput: str
    messaging_limit: str
    on_business_app: bool  # The number stays in the WhatsApp Business app: coexistence.
    onboarded_at: datetime | None

    @property
    def is_registered(self) -> bool:
        """Whether the Cloud API sends for it already; registering again would only use up tries."""
        return self.status == "CONNECTED" and self.platform_type == "CLOUD_API"

    @property
    def is_name_in_review(self) -> bool:
        return self.name_status == "PENDING_REVIEW"

    def shown(self) -> dict[str, str]:
        """What the settings page shows of it; empty where WhatsApp says nothing."""
        shown = {
            "displayPhoneNumber": self.display,
            "verifiedName": self.verified_name,
            "nameStatus": self.name_status,
            "qualityRating": self.quality_rating,
            "status": self.status,
            "throughput": self.throughput,
            "messagingLimit": self.messaging_limit,
            "onBusinessApp": "true" if self.on_business_app else "false",
        }
        return {name: value for name, value in shown.items() if value}


def read_facts(number: JSONObject) -> NumberFacts:
    """The facts of a number's fields."""
    return NumberFacts(
        display=text_of(number.get("display_phone_number")),
        verified_name=text_of(number.get("verified_name")),
        name_status=text_of(number.get("name_status")),
        quality_rating=text_of(number.get("quality_rating")),
        status=text_of(number.get("status")),
        platform_type=text_of(number.get("platform_type")),
        throughput=text_of(object_of(number.get("throughput")).get("level")),
        messaging_limit=text_of(number.get("whatsapp_business_manager_messaging_limit")),
        on_business_app=number.get("is_on_biz_app") is True,
        onboarded_at=moment_of(number.get("last_onboarded_time")),
    )
