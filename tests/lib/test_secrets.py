"""Clear secrets are printed nowhere, and kept ones are made once."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.lib.crypto import KeyRing, SealBroken, key_name, new_key
from backend.lib.ids import new_token
from backend.lib.kept_secrets import kept_secret
from backend.lib.redact import redact, redact_text
from backend.lib.secret import MASK, Secret

TOKEN = "EAAGm0PX4ZCpsBAKZC1234567890abcdefg"
DEADLINE = 20.0


# ---- the wrapper


def test_a_secret_prints_as_nothing() -> None:
    secret = Secret(TOKEN)
    for text in (str(secret), repr(secret), f"{secret}", f"{[secret]}", f"{secret}"):
        assert TOKEN not in text
    assert secret.reveal() == TOKEN
    assert not hasattr(secret, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_secrets_compare_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


# ---- what is cut out of logs


@pytest.mark.parametrize(
    "text",
    [
        f"GET /me?access_token={TOKEN}&fields=id",
        f"Authorization: Bearer {TOKEN}",
        "Authorization: Bearer opaque-and-short",
        f"token {TOKEN}.",
        "IGAAJ1234567890abcdef",
        "sealed eyJhbGciOiJkaXIi.abc.def.ghi.jkl",
        "login eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "GET /callback?code=AQB-very-secret&state=signed-state",
        "/back?integration=1&ticket=abc.def",
        "client_secret=0123456789abcdef",
        "cannot connect to postgres://gateway:very-secret@db:5432/gateway",
        "Connected to redis://:very-secret@127.0.0.1:6379/0",
        "GET /api/webhooks/meta?hub.verify_token=my-token&hub.mode=subscribe",
    ],
)
def test_secrets_are_known_by_their_shape(text: str) -> None:
    shown = redact_text(text)
    assert MASK in shown
    for secret in (TOKEN, "opaque-and-short", "IGAAJ123", "eyJ", "very-secret", "signed-state", "abc.def"):
        assert secret not in shown
    assert "0123456789" not in shown
    assert "my-token" not in shown


@pytest.mark.parametrize(
    "name",
    [
        "access_token",
        "pageAccessToken",
        "META_APP_SECRET",
        "password",
        "Authorization",
        "x-hub-signature-256",
        "Cookie",
        "api_key",
        "apiKey",
        "appsecret_proof",
        "pin",
        "ticket",
    ],
)
def test_secrets_are_known_by_their_name_at_any_depth(name: str) -> None:
    shown = redact({"outer": [{name: "plain-value", "text": "shown"}], "kept": ({name: ["plain-value"]},)})
    assert "plain-value" not in repr(shown)
    assert shown["outer"][0] == {name: MASK, "text": "shown"}


def test_a_wrapped_secret_is_masked_under_any_name() -> None:
    assert redact({"innocent": Secret(TOKEN)}) == {"innocent": MASK}


def test_the_rest_stays_as_it_is() -> None:
    said = {
        "event": "outbox.failed",
        "attempts": 3,
        "path": "/api/me",
        "none": None,
        "token": None,
        "list": [1.5],
    }
    assert redact(said) == said


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_nothing_makes_the_redaction_fail(value: object) -> None:
    redact(value)


# ---- the key ring


def test_a_ring_says_which_entry_is_wrong() -> None:
    for text, word in (
        ("plain", "name:base64"),
        ("k1:?", "k1"),
        ("k1:YWJj", "64"),
        (f"k1:{new_key()},k2:x", "k2"),
    ):
        with pytest.raises(ValueError, match=word) as caught:
            KeyRing.parse(text)
        assert new_key()[:20] not in str(caught.value)


def test_one_name_names_one_key() -> None:
    with pytest.raises(ValueError, match="k1"):
        KeyRing.parse(f"k1:{new_key()},k1:{new_key()}")


@given(
    clear=st.text(alphabet=st.characters(codec="utf-8")),
    binding=st.text(alphabet=st.characters(codec="utf-8")),
)
def test_any_text_is_sealed_and_opened(clear: str, binding: str) -> None:
    sealed = RING.seal(clear, binding=binding)
    assert RING.open(sealed, binding=binding) == clear
    assert key_name(sealed) == "k1"
    with pytest.raises(SealBroken):
        RING.open(sealed, binding=f"{binding}x")


RING = KeyRing.parse(f" k1:{new_key()} , k0:{new_key()},")


@given(st.text())
def test_what_is_not_sealed_has_no_key(text: str) -> None:
    assert key_name(text) == ""


# ---- secrets that are made once


def test_a_kept_secret_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    made = iter(["first", "second"])
    directory = tmp_path / "secrets"
    assert [kept_secret(directory, "KEY", lambda: next(made)) for _ in range(3)] == ["first"] * 3
    assert (directory / "KEY").stat().st_mode & 0o777 == 0o600
    assert directory.stat().st_mode & 0o077 == 0
    assert [path.name for path in directory.iterdir()] == ["KEY"]


def test_threads_that_race_agree(tmp_path: Path) -> None:
    start = threading.Barrier(8, timeout=DEADLINE)

    def make() -> str:
        start.wait()
        return new_token()

    with ThreadPoolExecutor(8) as pool:
        secrets = [pool.submit(kept_secret, tmp_path, "KEY", make) for _ in range(8)]
        assert len({secret.result(DEADLINE) for secret in secrets}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["KEY"]


def race(directory: Path, start: Barrier, told: SimpleQueue[str]) -> None:
    def make() -> str:
        start.wait(DEADLINE)
        return new_token()

    told.put(kept_secret(directory, "KEY", make))


@pytest.mark.process
def test_processes_that_race_agree(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    start, told = spawn.Barrier(3), spawn.SimpleQueue()
    racers = [spawn.Process(target=race, args=(tmp_path, start, told)) for _ in range(3)]
    for racer in racers:
        racer.start()
    secrets = {told.get() for _ in racers}
    for racer in racers:
        racer.join(DEADLINE)
    assert len(secrets) == 1
    assert (tmp_path / "KEY").read_text() in secrets
