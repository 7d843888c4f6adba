"""A number's webhook of its own: where Meta takes it, and gone when the number is."""

from __future__ import annotations

import json
from typing import Any

from backend.connecting.leave import disconnect
from tests.conftest import Cast
from tests.connecting.conftest import Graph
from tests.connecting.signing_up import meta, popup, step
from tests.integrations.accounts import connected
from tests.platforms.cast import refusal

__all__ = ["meta"]


def test_without_https_the_webhook_is_left_at_the_app(cast: Cast, meta: Graph, settings: Any) -> None:
    settings.SANDBOX = False
    kept = popup(cast)
    left = step("override_webhook")
    assert (left.state, kept.last_error) == ("skipped", None)
    assert "https" in left.message
    assert not meta.asked("POST /555")
    settings.PUBLIC_URL = "https://gateway.example.test"
    popup(cast, code="code-2")
    assert "https://gateway.example.test/api/webhooks" in meta.asked("POST /555")[0].content.decode()


def test_leaving_takes_the_webhook_off_the_number(cast: Cast, meta: Graph) -> None:
    connected(cast.rival, "WHATSAPP", "556", wide_id="102")
    kept = popup(cast)
    disconnect(kept)
    last = json.loads(meta.asked("POST /555")[-1].content)
    assert last == {"webhook_configuration": {"override_callback_uri": ""}}
    assert not meta.asked("DELETE /102/subscribed_apps")  # The other number of the WABA needs it.


def test_leaving_unsubscribes_though_the_webhook_stays(cast: Cast, meta: Graph) -> None:
    kept = popup(cast)
    meta.answers["POST /555"] = refusal(100)
    disconnect(kept)
    assert meta.asked("DELETE /102/subscribed_apps")
