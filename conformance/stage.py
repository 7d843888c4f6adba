"""What every program in Python needs: the world, a customer who writes, what the callback got, and a report."""

import json
import os
import sys
import time
import traceback
import urllib.request
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SIM = os.environ["SIM_URL"]
HOOK = os.environ["HOOK_URL"]
REDIRECT_URI = os.environ["REDIRECT_URI"]
VERIFY_TOKEN = os.environ["META_VERIFY_TOKEN"]
VERSION = "v25.0"
PATIENCE = 10.0

Json = dict[str, Any]


def ask(url: str, body: Json | None = None) -> Any:
    """The JSON behind the address; with a body it is posted."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def world() -> Json:
    found: Json = ask(f"{SIM}/sim/world")
    return found


def hear(platform: str, **about: Any) -> Json:
    """A customer does something: what the control door says, and the webhook that came of it."""
    before = len(ask(f"{HOOK}/received"))
    said: Json = ask(f"{SIM}/sim/inbound", {"platform": platform, **about})
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for row in ask(f"{HOOK}/received")[before:]:
            body = b64decode(row["body"])
            if said["ids"][0].encode().replace(b"/", b"\\/") in body:
                return {**said, "body": body, "headers": row["headers"]}
        time.sleep(0.05)
    raise TimeoutError(f"no webhook about {said}")


def approve(url: str, **about: Any) -> dict[str, str]:
    """What the browser carries back after a person has allowed the app what it asks for."""
    answer = ask(f"{SIM}/sim/approve", {"authorizationUrl": url, **about})
    return dict(parse_qsl(urlsplit(answer["redirectUrl"]).query))


def check(call: str, do: Callable[[], Any]) -> Any:
    """Do it and say how it went; what it gave, or None where it failed."""
    try:
        result = do()
    except Exception as error:
        traceback.print_exc()
        report(call, False, f"{type(error).__name__}: {error}")
        return None
    report(call, True, "")
    return result


def skip(call: str, why: str) -> None:
    """Say that the program cannot do this against any other host than Meta's."""
    report(call, None, why)


def report(call: str, ok: bool | None, note: str) -> None:
    line = {"call": call, "ok": ok, "note": " ".join(note.split())[:300]}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def expect(condition: object, what: object = "the answer is not as expected") -> None:
    """Raise unless the condition holds."""
    if not condition:
        raise AssertionError(str(what))
