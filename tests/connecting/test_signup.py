"""WhatsApp by popup or by token: what is claimed is verified, what is verified is set up."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from backend.connecting import errors
from backend.connecting.models import ConnectionAttempt
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.platforms.errors import Refused
from tests.conftest import Cast
from tests.connecting.conftest import LONG_TOKEN, Graph
from tests.connecting.signing_up import PASTED, gives_business_tokens, meta, paste, popup, states, step
from tests.connecting.test_finish import everything_stored
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal

__all__ = ["meta"]

BOTH_WAYS = pytest.mark.parametrize("way", [popup, paste])
CONNECTED = {"verify_grant": "done", "check_number": "done", "subscribe": "done"}


@BOTH_WAYS
def test_a_number_is_connected_and_set_up(cast: Cast, meta: Graph, way: Any) -> None:
    kept = way(cast)
    assert (kept.status, kept.account_id, kept.platform_account_id) == ("CONNECTED", "555", "102")
    assert (kept.webhook_subscribed, kept.last_error, kept.reconnecting) == (True, None, False)
    assert states() == CONNECTED | {"override_webhook": "done", "register": "skipped", "read_number": "done"}
    assert kept.metadata["phoneNumberId"] == "555"
    assert (kept.metadata["qualityRating"], kept.metadata["messagingLimit"]) == ("GREEN", "TIER_250")
    token = vault.take(kept, "access_token")
    assert token
    assert token.reveal() == (LONG_TOKEN if way is popup else PASTED)


def test_the_code_is_exchanged_without_a_redirect(cast: Cast, meta: Graph) -> None:
    popup(cast)
    (exchanged,) = meta.asked("POST /oauth/access_token")
    form = httpx2.QueryParams(exchanged.content.decode())
    assert form["code"] == "code-1"
    assert not form.get("redirect_uri")


def test_the_number_is_subscribed_before_its_webhook_is_its_own(cast: Cast, meta: Graph) -> None:
    kept = popup(cast)
    (subscribed,), (overridden,) = meta.asked("POST /102/subscribed_apps"), meta.asked("POST /555")
    assert meta.meta.requests.index(subscribed) < meta.meta.requests.index(overridden)
    secret = vault.take(kept, "webhook_secret")
    assert secret
    assert json.loads(overridden.content) == {
        "webhook_configuration": {
            "override_callback_uri": f"http://localhost:8000/api/webhooks/whatsapp/{kept.pk}",
            "verify_token": secret.reveal(),
        }
    }


@BOTH_WAYS
def test_nothing_clear_is_stored(cast: Cast, meta: Graph, way: Any) -> None:
    meta.has_number("555", status="PENDING")
    way(cast)
    pin = json.loads(meta.asked("POST /555/register")[0].content)["pin"]
    for clear in (LONG_TOKEN, PASTED, "code-1", pin):
        assert not [
            text for text in everything_stored() if clear == text or (len(clear) > 6 and clear in text)
        ]
    attempt = ConnectionAttempt.objects.get()
    assert (attempt.grant, attempt.pin[:3]) == ("", "eyJ")


# ---- claims


@BOTH_WAYS
@pytest.mark.parametrize(
    ("claim", "field"),
    [({"waba_id": "999"}, "wabaId"), ({"number_id": "777"}, "phoneNumberId")],
    ids=["a WABA of others", "a number of others"],
)
def test_what_the_access_does_not_reach(
    cast: Cast, meta: Graph, way: Any, claim: dict[str, str], field: str
) -> None:
    meta.answers["GET /999"] = {"id": "999"}
    meta.answers["GET /999/phone_numbers"] = {"data": [{"id": "555"}]}
    with pytest.raises(errors.AccountNotReachable) as caught:
        way(cast, **claim)
    assert field in (caught.value.fields or {})
    kept = ChannelIntegration.objects.get()
    assert (kept.status, kept.account_id, kept.access_token) == (IntegrationStatus.PENDING, None, None)
    assert (states()["check_number"], states()["subscribe"]) == ("failed", "pending")
    assert kept.last_error
    assert not meta.asked("POST /102/subscribed_apps")


def test_the_only_number_need_not_be_named(cast: Cast, meta: Graph) -> None:
    assert popup(cast, number_id="").account_id == "555"


def test_of_several_numbers_one_has_to_be_named(cast: Cast, meta: Graph) -> None:
    meta.answers["GET /102/phone_numbers"] = {"data": [{"id": "555"}, {"id": "556"}]}
    meta.has_number("556")
    with pytest.raises(errors.NumberRequired) as caught:
        popup(cast, number_id="")
    assert "556" in (caught.value.fields or {})["phoneNumberId"][0]
    assert popup(cast, number_id="556").account_id == "556"  # The same code: it was exchanged already.
    assert meta.codes() == ["code-1"]


def test_a_waba_without_numbers(cast: Cast, meta: Graph) -> None:
    meta.answers["GET /102/phone_numbers"] = {"data": []}
    with pytest.raises(errors.AccountNotReachable) as caught:
        paste(cast)
    assert "no phone number" in caught.value.message


@BOTH_WAYS
def test_a_number_of_another_business(cast: Cast, meta: Graph, way: Any) -> None:
    connected(cast.rival, "WHATSAPP", "555", wide_id="102")
    with pytest.raises(errors.AccountTaken):
        way(cast)
    assert ChannelIntegration.objects.get(business=cast.business).last_error_code == "account_taken"
    assert not meta.asked("POST /102/subscribed_apps")


@BOTH_WAYS
def test_another_number_needs_a_word(cast: Cast, meta: Graph, way: Any) -> None:
    before = connected(cast.business, "WHATSAPP", "444", wide_id="104")
    meta.takes_subscriptions_of("104")
    meta.has_number("444")
    with pytest.raises(errors.DifferentAccount):
        way(cast)
    kept = ChannelIntegration.objects.get()
    assert (kept.account_id, kept.access_token, kept.status) == ("444", before.access_token, "CONNECTED")
    assert not kept.reconnecting
    assert way(cast, replace=True).account_id == "555"
    assert meta.asked("DELETE /104/subscribed_apps")
    assert meta.asked("POST /444")  # Its webhook is taken off.


def test_a_reconnect_keeps_the_row(cast: Cast, meta: Graph) -> None:
    before = connected(cast.business, "WHATSAPP", "555", wide_id="102", status=IntegrationStatus.ERROR)
    kept = paste(cast)
    assert (kept.pk, kept.status, kept.webhook_secret) == (before.pk, "CONNECTED", before.webhook_secret)


# ---- the proof


@BOTH_WAYS
def test_a_permission_that_is_missing(cast: Cast, meta: Graph, settings: Any, way: Any) -> None:
    gives_business_tokens(meta, settings.META_APP_ID, ("whatsapp_business_management",))
    with pytest.raises(errors.PermissionsMissing) as caught:
        way(cast)
    assert "whatsapp_business_messaging" in caught.value.message
    assert states()["verify_grant"] == "failed"


@pytest.mark.parametrize(
    "answer",
    [
        refusal(190, status=401, message=f"Malformed access token {PASTED}"),
        {"data": {"is_valid": False, "error": {"code": 190, "message": f"Malformed {PASTED}"}}},
    ],
    ids=["refused", "not valid"],
)
def test_a_token_that_is_none_is_never_echoed(cast: Cast, meta: Graph, answer: Any) -> None:
    meta.answers["GET /debug_token"] = answer
    with pytest.raises(errors.TokenRefused) as caught:
        paste(cast)
    assert "Malformed" in caught.value.words.message
    assert caught.value.code == "platform_refused"
    assert "system user" in (caught.value.resolution or "")
    said = [caught.value.message, caught.value.words.message, *everything_stored()]
    assert not [text for text in said if PASTED in text]


def test_a_token_of_another_app(cast: Cast, meta: Graph) -> None:
    gives_business_tokens(meta, "99")
    with pytest.raises(Refused, match="another app"):
        paste(cast)


def test_a_code_that_was_used(cast: Cast, meta: Graph) -> None:
    meta.answers["POST /oauth/access_token"] = refusal(100, 36009)
    with pytest.raises(Refused) as caught:
        popup(cast)
    assert caught.value.resolution == "Start connecting again."
    assert step("verify_grant").message.startswith("This login was used already. Meta says:")


def test_a_server_without_an_app(cast: Cast, settings: Any) -> None:
    settings.META_APP_ID = ""
    with pytest.raises(errors.PlatformNotConfigured):
        popup(cast)
