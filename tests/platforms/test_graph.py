from __future__ import annotations

import logging

import httpx2
import pytest

from backend.lib.secret import Secret
from backend.platforms.errors import (
    CredentialRejected,
    Incomprehensible,
    Malformed,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from backend.platforms.meta.graph import node
from tests.platforms.cast import APP_SECRET, Meta, refusal

TOKEN = Secret("EAAsecret-token")


def test_a_get_shows_the_token_in_its_header_only() -> None:
    meta = Meta({"GET /me": {"id": "1"}})
    assert meta.graph().get("me", token=TOKEN, params={"fields": "id"}) == {"id": "1"}
    (request,) = meta.requests
    assert request.headers["authorization"] == "Bearer EAAsecret-token"
    assert "EAAsecret" not in str(request.url)
    assert request.url.host == "graph.test"
    assert request.url.path == "/v25.0/me"
    assert request.url.params["fields"] == "id"
    assert len(request.url.params["appsecret_proof"]) == 64


def test_without_a_token_there_is_no_header_and_no_proof() -> None:
    meta = Meta({"POST /oauth/access_token": {}})
    meta.graph().post("oauth/access_token", token=None, form={"client_secret": APP_SECRET})
    (request,) = meta.requests
    assert "authorization" not in request.headers
    assert request.url.query == b""
    assert meta.form() == {"client_secret": APP_SECRET}


def test_the_log_of_the_http_client_shows_no_query(caplog: pytest.LogCaptureFixture) -> None:
    """It has a say where a proxy stands in between, and of links to files."""
    answers = httpx2.MockTransport(lambda _: httpx2.Response(200))
    with caplog.at_level(logging.DEBUG, logger="httpx2"), httpx2.Client(transport=answers) as client:
        client.get("https://graph.test/debug_token", params={"input_token": "EAAhidden"})
    assert "debug_token" in caplog.text
    assert "EAAhidden" not in caplog.text


@pytest.mark.parametrize(
    "fault", [httpx2.ReadTimeout("late"), httpx2.RemoteProtocolError("closed")], ids=repr
)
def test_a_lost_answer_is_a_mystery_only_where_it_matters(fault: Exception) -> None:
    graph = Meta({"GET /x": fault, "POST /x": fault, "DELETE /x": fault}).graph()
    with pytest.raises(Unavailable):
        graph.get("x", token=TOKEN)
    with pytest.raises(Unavailable):
        graph.delete("x", token=TOKEN)
    with pytest.raises(Unavailable):
        graph.post("x", token=TOKEN, repeatable=True)
    with pytest.raises(OutcomeUnknown):
        graph.post("x", token=TOKEN)


@pytest.mark.parametrize("fault", [httpx2.ConnectError("refused"), httpx2.ConnectTimeout("late")], ids=repr)
def test_a_refused_connection_means_that_nothing_happened(fault: Exception) -> None:
    with pytest.raises(Unavailable) as raised:
        Meta({"POST /x": fault}).graph().post("x", token=TOKEN)
    assert raised.value.retryable
    assert raised.value.retry_after is None


@pytest.mark.parametrize(
    ("answer", "on_get", "on_post"),
    [
        (httpx2.Response(200, text="<html>"), Incomprehensible, Incomprehensible),
        (httpx2.Response(302, text=""), Incomprehensible, Incomprehensible),
        (httpx2.Response(404, html="not here"), Incomprehensible, Incomprehensible),
        (httpx2.Response(429, html="slow"), RateLimited, RateLimited),
        (httpx2.Response(503, html="down"), Unavailable, OutcomeUnknown),
        (httpx2.Response(500, json={"unusual": 1}), Unavailable, OutcomeUnknown),
        (refusal(131000, status=500), Unavailable, OutcomeUnknown),
        (refusal(1, status=500), Unavailable, Unavailable),
        (refusal(2, status=503, is_transient=True), Unavailable, Unavailable),
        (refusal(77777, status=400, is_transient=True), Unavailable, Unavailable),
        (refusal(190, status=200), CredentialRejected, CredentialRejected),
    ],
    ids=repr,
)
def test_what_an_answer_means(
    answer: httpx2.Response, on_get: type[PlatformError], on_post: type[PlatformError]
) -> None:
    graph = Meta({"GET /x": answer, "POST /x": answer}).graph()
    with pytest.raises(on_get) as got:
        graph.get("x", token=TOKEN)
    with pytest.raises(on_post) as posted:
        graph.post("x", token=TOKEN)
    assert (type(got.value), type(posted.value)) == (on_get, on_post)


def test_metas_words_are_kept_and_secrets_in_them_are_not() -> None:
    message = f"Malformed access token {TOKEN.reveal()} of {APP_SECRET}"
    answer = refusal(190, 467, status=401, message=message, error_user_msg="Bitte neu anmelden")
    with pytest.raises(CredentialRejected) as raised:
        Meta({"GET /x": answer}).graph().get("x", token=TOKEN)
    words = raised.value.words
    assert (words.code, words.subcode, words.trace_id, words.http_status) == (190, 467, "Atrace", 401)
    assert words.user_message == "Bitte neu anmelden"
    assert words.message == "Malformed access token ***masked*** of ***masked***"


def test_form_secrets_are_hidden_too() -> None:
    answer = refusal(190, message="Bad token EAAold")
    with pytest.raises(CredentialRejected) as raised:
        Meta({"POST /x": answer}).graph().post("x", token=None, form={"fb_exchange_token": "EAAold"})
    assert "EAAold" not in raised.value.words.message


def test_every_page_of_a_list_is_read_without_following_a_link() -> None:
    def answer(request: httpx2.Request) -> object:
        after = request.url.params.get("after", "0")
        following = f"https://elsewhere.test/x?access_token=EAAleak&limit=2&after={int(after) + 1}"
        return {"data": [{"id": after}], "paging": {"next": following} if int(after) < 3 else {}}

    meta = Meta({"GET /x": answer})
    found = meta.graph().get_all("x", token=TOKEN, params={"limit": "2"})
    assert [row["id"] for row in found] == ["0", "1", "2", "3"]
    assert {request.url.host for request in meta.requests} == {"graph.test"}
    assert not any("EAAleak" in str(request.url) for request in meta.requests)


def test_a_list_that_never_ends_does_end() -> None:
    again = {"data": [{"id": "1"}], "paging": {"next": "https://graph.test/x?after=a"}}
    assert len(Meta({"GET /x": again}).graph().get_all("x", token=TOKEN)) == 2


@pytest.mark.parametrize("answer", [[], {"data": None}, {"data": [None, 3]}, {"paging": []}, "text"])
def test_an_odd_list_is_an_empty_one(answer: object) -> None:
    meta = Meta({"GET /x": lambda _: httpx2.Response(200, json=answer)})
    assert meta.graph().get_all("x", token=TOKEN) == []


@pytest.mark.parametrize("bad", ["", "..", "a/b", "1?x=1", "me#", "１", "a" * 200])
def test_an_id_leads_nowhere_else(bad: str) -> None:
    assert node("t_587956915396498") == "t_587956915396498"
    with pytest.raises(Malformed):
        node(bad)
