"""From the click to the dialog and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from backend.connecting import errors
from backend.connecting.callbacks import receive
from backend.connecting.connect import begin
from backend.connecting.models import ConnectionAttempt
from backend.connecting.state import ATTEMPT_FOR
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.platforms.registry import PLATFORMS
from tests.conftest import Cast
from tests.connecting.conftest import LONG_TOKEN, RETURN_TO, Granted, Graph, row, state_in
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal


@pytest.mark.parametrize("platform", list(PLATFORMS))
def test_the_dialog_is_told_who_asks_for_what(cast: Cast, settings: Any, platform: str) -> None:
    begun = begin(cast.owner, platform, flow="oauth", return_to=RETURN_TO)
    query = parse_qs(urlsplit(begun.authorization_url or "").query)
    assert query["client_id"] == [settings.META_APP_ID]
    assert query["scope"][0].split(",") == list(PLATFORMS[platform].scopes)
    assert query["redirect_uri"] == ["http://localhost:8000/api/integrations/oauth/callback"]
    kept = ChannelIntegration.objects.get()
    assert (kept.status, kept.account_id, kept.reconnecting) == (IntegrationStatus.PENDING, None, False)
    assert kept.webhook_url == f"http://localhost:8000/api/webhooks/{platform.lower()}/{kept.pk}"
    assert kept.webhook_secret
    assert kept.webhook_secret.startswith("eyJ")


def test_beginning_twice_is_one_row(cast: Cast) -> None:
    urls = {begin(cast.owner, "MESSENGER", flow="oauth").authorization_url for _ in range(2)}
    assert len(urls) == 2
    assert ChannelIntegration.objects.get().connection_attempts == 2


@pytest.mark.parametrize("status", [IntegrationStatus.CONNECTED, IntegrationStatus.ERROR])
def test_a_reconnect_leaves_everything_as_it_is_until_it_succeeds(cast: Cast, status: str) -> None:
    before = connected(cast.business, "MESSENGER", status=status)
    begun = begin(cast.owner, "MESSENGER", flow="oauth")
    assert begun.integration.reconnecting
    after = ChannelIntegration.objects.get()
    assert (after.pk, after.status, after.access_token) == (before.pk, status, before.access_token)
    assert after.reconnecting


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.test/",
        "//app.example.test/",
        "//evil.test/",
        "https://app.example.test@evil.test/",
        "https://app.example.test:pass@evil.test/",
        "https://app.example.test\\@evil.test/",
        "https:\\\\app.example.test/",
        "https://app.example.test.evil.test/",
        "https://app.example.test:444/",
        "http://app.example.test/",
        "javascript://app.example.test/%0aalert(1)",
        "https:///app.example.test/",
        "/settings",
        "https://[app.example.test/",
    ],
)
def test_nobody_is_sent_to_a_foreign_place(cast: Cast, return_to: str) -> None:
    with pytest.raises(errors.ReturnToNotAllowed) as caught:
        begin(cast.owner, "MESSENGER", flow="oauth", return_to=return_to)
    assert "returnTo" in (caught.value.fields or {})
    assert not ConnectionAttempt.objects.exists()


@pytest.mark.parametrize(
    "return_to", ["https://app.example.test", "http://localhost:3000/a?b=c#d", RETURN_TO]
)
def test_a_page_of_ours_is_a_place_to_return_to(cast: Cast, return_to: str) -> None:
    begin(cast.owner, "MESSENGER", flow="oauth", return_to=return_to)
    assert ConnectionAttempt.objects.get().return_to == return_to


def test_outside_the_sandbox_nothing_is_mocked(cast: Cast, settings: Any) -> None:
    settings.SANDBOX = False
    with pytest.raises(errors.MockNotAllowed):
        begin(cast.owner, "MESSENGER", flow="mock")
    assert begin(cast.owner, "MESSENGER").authorization_url


def test_platforms_that_are_none_or_not_set_up(cast: Cast, settings: Any) -> None:
    with pytest.raises(errors.UnknownPlatform):
        begin(cast.owner, "TELEGRAM", flow="oauth")
    settings.META_APP_ID = ""
    with pytest.raises(errors.PlatformNotConfigured):
        begin(cast.owner, "MESSENGER", flow="oauth")
    assert not ChannelIntegration.objects.exists()


# ---- which login


def host_of(url: str | None) -> str:
    return f"{urlsplit(url or '').netloc}{urlsplit(url or '').path}"


FACEBOOK = "localhost:9000/v25.0/dialog/oauth"
INSTAGRAM = "localhost:9000/instagram/authorize-host/oauth/authorize"


@pytest.mark.parametrize(
    ("wished", "set_to", "host"),
    [
        (None, "facebook", FACEBOOK),
        (None, "instagram", INSTAGRAM),
        ("facebook", "instagram", FACEBOOK),
        ("instagram", "facebook", INSTAGRAM),
    ],
)
def test_the_login_is_the_one_that_is_wished_for(
    cast: Cast, settings: Any, wished: str | None, set_to: str, host: str
) -> None:
    settings.INSTAGRAM_LOGIN = set_to
    begun = begin(cast.owner, "INSTAGRAM", flow="oauth", login=wished)
    assert host_of(begun.authorization_url) == host
    assert ConnectionAttempt.objects.get().login == ("instagram" if host == INSTAGRAM else "facebook")


def test_instagrams_page_is_told_who_asks_for_what(cast: Cast, settings: Any) -> None:
    begun = begin(cast.owner, "INSTAGRAM", flow="oauth", login="instagram")
    query = parse_qs(urlsplit(begun.authorization_url or "").query)
    assert query["client_id"] == [settings.INSTAGRAM_APP_ID]
    assert query["scope"] == ["instagram_business_basic,instagram_business_manage_messages"]
    assert query["redirect_uri"] == ["http://localhost:8000/api/integrations/oauth/callback"]
    assert query["response_type"] == ["code"]


@pytest.mark.parametrize(
    ("platform", "login"),
    [("INSTAGRAM", "google"), ("INSTAGRAM", ""), ("MESSENGER", "instagram"), ("WHATSAPP", "facebook")],
)
def test_a_login_that_is_not_offered(cast: Cast, platform: str, login: str) -> None:
    with pytest.raises(errors.LoginNotOffered) as caught:
        begin(cast.owner, platform, flow="oauth", login=login)
    assert caught.value.fields
    assert "login" in caught.value.fields
    assert not ChannelIntegration.objects.exists()


@pytest.mark.parametrize(
    ("unset", "missing"),
    [
        (["INSTAGRAM_APP_ID"], "set INSTAGRAM_APP_ID."),
        (["INSTAGRAM_APP_ID", "INSTAGRAM_APP_SECRET"], "set INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET."),
    ],
)
def test_a_login_that_is_not_set_up_says_what_is_missing(
    cast: Cast, settings: Any, unset: list[str], missing: str
) -> None:
    for name in unset:
        setattr(settings, name, "")
    with pytest.raises(errors.PlatformNotConfigured) as caught:
        begin(cast.owner, "INSTAGRAM", flow="oauth", login="instagram")
    assert missing in (caught.value.resolution or "")
    assert not ChannelIntegration.objects.exists()
    assert begin(cast.owner, "INSTAGRAM", flow="oauth").authorization_url


@pytest.mark.parametrize(
    ("status", "host"),
    [
        (IntegrationStatus.CONNECTED, INSTAGRAM),
        (IntegrationStatus.ERROR, INSTAGRAM),
        (IntegrationStatus.DISCONNECTED, FACEBOOK),
    ],
)
def test_a_reconnect_takes_the_way_of_the_account(cast: Cast, status: str, host: str) -> None:
    connected(cast.business, "INSTAGRAM", status=status)
    ChannelIntegration.objects.update(login="instagram")
    assert host_of(begin(cast.owner, "INSTAGRAM", flow="oauth").authorization_url) == host


def test_a_way_that_is_not_set_up_any_more_is_left(cast: Cast, settings: Any) -> None:
    connected(cast.business, "INSTAGRAM")
    ChannelIntegration.objects.update(login="instagram")
    settings.INSTAGRAM_APP_SECRET = ""
    assert host_of(begin(cast.owner, "INSTAGRAM", flow="oauth").authorization_url) == FACEBOOK


# ---- the state


def begun_state(cast: Cast) -> str:
    return state_in(begin(cast.owner, "MESSENGER", flow="oauth", return_to=RETURN_TO).authorization_url)


def test_the_way_back(cast: Cast, graph: Graph, granted: Granted) -> None:
    landing = granted(cast.owner)
    assert (landing.outcome, landing.return_to, landing.error_code) == ("finish", RETURN_TO, "")
    assert landing.ticket
    assert graph.codes() == ["code-1"]
    assert row(landing).status == IntegrationStatus.PENDING
    assert LONG_TOKEN not in ConnectionAttempt.objects.get().grant


@pytest.mark.parametrize(
    "forge",
    [
        lambda state: "",
        lambda state: "forged",
        lambda state: "a" * 32 + state[32:],
        lambda state: state[:-1] + ("A" if state[-1] != "A" else "B"),
        lambda state: state.partition(":")[0],
        lambda state: state + "x",
    ],
    ids=["none", "made up", "another attempt", "altered", "unsigned", "longer"],
)
def test_a_state_that_is_not_ours(cast: Cast, graph: Graph, forge: Callable[[str], str]) -> None:
    state = begun_state(cast)
    with pytest.raises(errors.StateInvalid):
        receive(state=forge(state), code="code-1")
    assert not graph.codes()
    assert ConnectionAttempt.objects.get().returned_at is None


def test_a_state_signed_with_another_key(cast: Cast, graph: Graph, settings: Any) -> None:
    state = begun_state(cast)
    settings.SECRET_KEY = "another key, of another installation, long enough"
    with pytest.raises(errors.StateInvalid):
        receive(state=state, code="code-1")


def test_a_state_whose_time_is_over(cast: Cast, graph: Graph, later: Callable[[timedelta], None]) -> None:
    state = begun_state(cast)
    later(ATTEMPT_FOR + timedelta(seconds=1))
    with pytest.raises(errors.StateExpired):
        receive(state=state, code="code-1")
    assert not graph.codes()


def test_a_reloaded_page_lands_alike_and_exchanges_nothing(cast: Cast, graph: Graph) -> None:
    state = begun_state(cast)
    landings = [receive(state=state, code="code-1") for _ in range(3)]
    assert landings[0] == landings[1] == landings[2]
    assert graph.codes() == ["code-1"]


def test_a_state_that_another_answer_used_up(cast: Cast, graph: Graph) -> None:
    state = begun_state(cast)
    receive(state=state, code="code-1")
    for other in ({"code": "code-2"}, {"code": "", "error": "access_denied"}):
        with pytest.raises(errors.StateUsed):
            receive(state=state, **other)
    assert graph.codes() == ["code-1"]


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        ({"error": "access_denied", "error_reason": "user_denied"}, "cancelled", "cancelled"),
        ({"error": "server_error", "error_description": "Later\x00"}, "failed", "platform_refused"),
        ({"error_code": "1349048", "error_message": "App not active"}, "failed", "platform_refused"),
        ({}, "failed", "platform_refused"),
    ],
    ids=["declined", "an error", "the app itself", "nothing at all"],
)
def test_a_dialog_without_a_grant(
    cast: Cast, graph: Graph, answer: dict[str, str], outcome: str, code: str
) -> None:
    state = begun_state(cast)
    for _ in range(2):
        landing = receive(state=state, code="", **answer)
        assert (landing.outcome, landing.error_code, landing.ticket) == (outcome, code, "")
        assert landing.message
        assert landing.resolution
    kept = row(landing)
    assert (kept.status, kept.last_error_code) == (IntegrationStatus.PENDING, code)
    assert not graph.codes()


@pytest.mark.parametrize(
    ("status", "fault"),
    [(IntegrationStatus.CONNECTED, None), (IntegrationStatus.ERROR, "The token is dead.")],
)
def test_a_declined_reconnect_leaves_the_connection_as_it_is(
    cast: Cast, graph: Graph, status: IntegrationStatus, fault: str | None
) -> None:
    before = connected(cast.business, "MESSENGER", status=status)
    ChannelIntegration.objects.update(last_error=fault)
    landing = receive(state=begun_state(cast), code="", error="access_denied")
    after = row(landing)
    assert (after.status, after.access_token) == (status, before.access_token)
    assert (after.reconnecting, after.last_error) == (False, fault)
    assert landing.outcome == "cancelled"


def test_a_cancelled_dialog_is_told_in_words_and_in_metas(cast: Cast, graph: Graph) -> None:
    landing = receive(
        state=begun_state(cast), code="", error="access_denied", error_description="Permissions error"
    )
    assert landing.message == "The dialog was left without granting access. Meta says: Permissions error"


def test_an_outage_in_the_exchange_is_not_said_to_mend_itself(
    cast: Cast, graph: Graph, granted: Granted
) -> None:
    graph.answers["POST /oauth/access_token"] = refusal(2, status=503, is_transient=True)
    landing = granted(cast.owner)
    assert (landing.outcome, landing.error_code) == ("failed", "platform_unavailable")
    assert "Begin again" in (landing.resolution or "")
    assert row(landing).last_error_resolution == landing.resolution


def test_an_exchange_that_is_refused(cast: Cast, graph: Graph, granted: Granted) -> None:
    graph.answers["POST /oauth/access_token"] = refusal(100, 36009)
    landing = granted(cast.owner)
    assert (landing.outcome, landing.error_code, landing.ticket) == ("failed", "platform_refused", "")
    assert "used already" in landing.message
    assert row(landing).last_error == landing.message


def test_what_is_wrong_with_the_app_is_said_in_metas_words(cast: Cast, graph: Graph) -> None:
    state = begun_state(cast)
    landing = receive(state=state, code="", error_code="1349048", error_message="App not active")
    assert landing.message == "App not active"
    assert "operator" in (landing.resolution or "")
    kept = ChannelIntegration.objects.get()
    assert (kept.last_error, kept.last_error_code) == ("App not active", "platform_refused")
