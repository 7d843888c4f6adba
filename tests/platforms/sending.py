"""What every platform promises about sending."""

from __future__ import annotations

import json
from typing import ClassVar

import httpx2
import pytest

from backend.lib.json_types import JSON, JSONObject
from backend.platforms.errors import (
    ContactUnreachable,
    CredentialRejected,
    Malformed,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
    WindowClosed,
)
from backend.platforms.port import (
    Account,
    Adapter,
    ContactCard,
    Login,
    MessageType,
    OutboundMessage,
    Signal,
    SignalKind,
)
from tests.platforms.cast import ACCOUNTS, APPS, BY_ITSELF, Meta, refusal


class SendingContract:
    """The promises of sending."""

    platform: ClassVar[str]
    login: ClassVar[Login] = Login.FACEBOOK
    send_path: ClassVar[str]
    accepted: ClassVar[JSONObject]  # What the platform answers to a message: id "m-1".
    contact: ClassVar[ContactCard]

    def adapter(self, meta: Meta) -> Adapter:
        """The adapter, speaking to this Meta."""
        return meta.adapter(self.platform, self.login)

    @property
    def account(self) -> Account:
        """Who sends."""
        return ACCOUNTS[self.platform] if self.login is Login.FACEBOOK else BY_ITSELF

    def message(self, text: str = "Hello") -> OutboundMessage:
        """A text to the contact."""
        return OutboundMessage(to=self.contact, type=MessageType.TEXT, text=text, correlation_id="corr-1")

    def send(self, answer: JSON | httpx2.Response | Exception) -> tuple[str, Meta]:
        """What sending gives when the platform answers so."""
        meta = Meta({f"POST {self.send_path}": answer})
        return self.adapter(meta).send(self.account, self.message()), meta

    def test_sending_gives_the_id_and_the_token_travels_in_the_header_only(self) -> None:
        external_id, meta = self.send(self.accepted)
        assert external_id == "m-1"
        (request,) = meta.requests
        token = self.account.token.reveal()
        assert request.headers["authorization"] == f"Bearer {token}"
        assert token not in str(request.url)
        assert APPS[self.login].app_secret.reveal() not in str(request.url)
        assert token.encode() not in request.content
        assert ("appsecret_proof" in request.url.params) is (self.login is Login.FACEBOOK)

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (httpx2.ConnectError("refused"), Unavailable),
            (httpx2.ConnectTimeout("no route"), Unavailable),
            (httpx2.PoolTimeout("busy"), Unavailable),
            (httpx2.ReadTimeout("late"), OutcomeUnknown),
            (httpx2.RemoteProtocolError("closed"), OutcomeUnknown),
            (httpx2.WriteError("broken"), OutcomeUnknown),
            (httpx2.Response(502, html="<h1>Bad Gateway</h1>"), OutcomeUnknown),
            (httpx2.Response(200, text="fine"), OutcomeUnknown),
            ({}, OutcomeUnknown),
            ([], OutcomeUnknown),
            (refusal(2, status=500, is_transient=True), Unavailable),
            (refusal(4, status=403), RateLimited),
            (refusal(190, 460, status=401), CredentialRejected),
        ],
        ids=repr,
    )
    def test_what_may_be_repeated_after_a_failed_send(
        self, answer: JSON | httpx2.Response | Exception, error: type[PlatformError]
    ) -> None:
        with pytest.raises(error) as raised:
            self.send(answer)
        assert type(raised.value) is error
        assert raised.value.retryable is issubclass(error, Unavailable)

    @pytest.mark.parametrize(
        ("code", "subcode", "error"),
        [(10, 2018278, WindowClosed), (131047, None, WindowClosed), (551, 1545041, ContactUnreachable)],
    )
    def test_refusals_say_what_to_do(
        self, code: int, subcode: int | None, error: type[PlatformError]
    ) -> None:
        with pytest.raises(error) as raised:
            self.send(refusal(code, subcode))
        assert raised.value.resolution
        assert raised.value.words.code == code
        assert raised.value.words.trace_id == "Atrace"

    def show(self, kind: SignalKind, **more: str) -> list[JSONObject]:
        """What the platform is asked for to show a signal."""
        meta = Meta({f"POST {self.send_path}": {"success": True, "recipient_id": "1"}})
        signal = Signal(kind=kind, to=self.contact, **{"last_external_id": "m-0", **more})
        self.adapter(meta).signal(self.account, signal)
        return [json.loads(request.content) for request in meta.requests]

    def test_a_reaction_names_its_message_and_nothing_else_is_said(self) -> None:
        (put,) = self.show(SignalKind.REACTION, target_external_id="m-1", emoji="\N{THUMBS UP SIGN}")
        (off,) = self.show(SignalKind.REACTION, target_external_id="m-1")
        assert "\N{THUMBS UP SIGN}" in str(put)
        assert "\N{THUMBS UP SIGN}" not in str(off)
        for body in (put, off):
            assert "m-1" in str(body)
            assert not {"message", "text"} & body.keys()

    def test_a_reaction_to_what_the_platform_does_not_know_is_not_asked_for(self) -> None:
        with pytest.raises(Malformed):
            self.show(SignalKind.REACTION, target_external_id="h_made-up", emoji="\N{THUMBS UP SIGN}")

    def test_a_reaction_that_gets_no_answer_is_not_repeated(self) -> None:
        meta = Meta({f"POST {self.send_path}": httpx2.ReadTimeout("late")})
        signal = Signal(kind=SignalKind.REACTION, to=self.contact, target_external_id="m-1", emoji="\N{FIRE}")
        with pytest.raises(OutcomeUnknown):
            self.adapter(meta).signal(self.account, signal)

    def test_a_signal_that_gets_no_answer_may_be_repeated(self) -> None:
        meta = Meta({f"POST {self.send_path}": httpx2.ReadTimeout("late")})
        signal = Signal(kind=SignalKind.READ, to=self.contact, last_external_id="m-0")
        with pytest.raises(Unavailable):
            self.adapter(meta).signal(self.account, signal)
