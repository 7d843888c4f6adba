from __future__ import annotations

import pytest

from backend.simulator.kinds.perform import KINDS, RECEIPTS
from tests.simulator.conftest import Callback, Shop
from tests.simulator.test_messages import events


@pytest.mark.parametrize("platform", KINDS)
def test_every_kind_reaches_the_app_as_one_event(shop: Shop, callback: Callback, platform: str) -> None:
    posted = shop.meta.app.sim.postman.deliveries
    for kind in KINDS[platform]:
        shop.hear(platform)
        sent = shop.send(platform, "yes?")
        before = len(posted)
        # WhatsApp has a receipt for every message that is not named.
        named = (
            {"messageId": sent["messages"][0]["id"]} if platform == "WHATSAPP" and kind in RECEIPTS else {}
        )
        answer = shop.hear(platform, kind, **named)
        assert len(answer["ids"]) == 1, answer
        assert answer["ids"][0]
        assert "note" not in answer, (kind, answer)
        assert len(posted) == before + 1, kind
    shop.meta.delivered()
    assert len(callback.bodies()) == len(posted)


def test_a_kind_that_a_platform_lacks_is_refused_with_those_it_has(shop: Shop) -> None:
    answer = shop.meta.http.post("/sim/inbound", json={"platform": "WHATSAPP", "kind": "story_mention"})
    assert answer.status_code == 400
    assert all(kind in answer.json()["error"] for kind in KINDS["WHATSAPP"])


def test_the_fields_of_the_kinds_are_listed(shop: Shop) -> None:
    kinds = shop.meta.get("/sim/kinds")["kinds"]
    assert kinds["MESSENGER"]["postback"] == ["title", "payload", "ref"]
    assert set(kinds) == set(KINDS)


def test_what_is_named_is_what_is_meant(shop: Shop, callback: Callback) -> None:
    (first,) = shop.hear("INSTAGRAM", text="one")["ids"]
    shop.hear("INSTAGRAM", text="two")
    shop.hear("INSTAGRAM", "edit", messageId=first, text="ONE")
    shop.hear("INSTAGRAM", "edit", messageId=first, text="1")
    shop.hear("INSTAGRAM", "unsend", messageId=first)
    shop.meta.delivered()
    *_, edited, again, unsent = events(callback)
    assert edited["message_edit"] == {"mid": first, "text": "ONE", "num_edit": "1"}
    assert again["message_edit"]["num_edit"] == "2"
    assert unsent["message"] == {"mid": first, "is_deleted": True}


def test_reactions_come_with_their_word(shop: Shop, callback: Callback) -> None:
    (mid,) = shop.hear("MESSENGER")["ids"]
    for emoji in ("😮", "🦄"):
        shop.hear("MESSENGER", "reaction", emoji=emoji)
    shop.hear("MESSENGER", "unreact")
    shop.meta.delivered()
    *_, known, other, gone = events(callback)
    assert known["reaction"] == {"mid": mid, "action": "react", "reaction": "wow", "emoji": "😮"}
    assert other["reaction"]["reaction"] == "other"
    assert gone["reaction"] == {"mid": mid, "action": "unreact"}


def test_a_tap_names_the_message_with_the_button(shop: Shop, callback: Callback) -> None:
    shop.hear("WHATSAPP")
    buttons = [{"type": "reply", "reply": {"id": "yes", "title": "Yes"}}]
    interactive = {"type": "button", "body": {"text": "Sure?"}, "action": {"buttons": buttons}}
    sent = shop.send("WHATSAPP", "", type="interactive", interactive=interactive, text=None)["messages"][0][
        "id"
    ]
    assert shop.outbox("interactive")[0]["buttons"] == [
        {"kind": "button_reply", "title": "Yes", "payload": "yes"}
    ]
    shop.hear("WHATSAPP", "button_reply", title="Yes", payload="yes")
    shop.meta.delivered()
    tap = events(callback)[-1]
    assert tap["context"]["id"] == sent
    assert tap["interactive"] == {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}


def test_files_can_be_fetched(shop: Shop, callback: Callback) -> None:
    shop.hear("MESSENGER", "image")
    shop.hear("WHATSAPP", "voice")
    shop.meta.delivered()
    picture = next(item for item in events(callback) if "message" in item)["message"]["attachments"][0]
    assert shop.meta.http.get(picture["payload"]["url"]).content.startswith(b"\x89PNG")

    voice = events(callback)[-1]["audio"]
    assert voice["voice"] is True
    token = {"Authorization": f"Bearer {shop.account['accessToken']}"}
    about = shop.meta.http.get(f"/v25.0/{voice['id']}", headers=token).json()
    assert shop.meta.http.get(about["url"]).status_code == 404
    assert shop.meta.http.get(about["url"], headers=token).content.startswith(b"OggS")
    shop.meta.post("/sim/clock", advanceSeconds=301)
    assert shop.meta.http.get(about["url"], headers=token).status_code == 404


def test_a_file_goes_up_and_out(shop: Shop) -> None:
    shop.hear("WHATSAPP")
    token = {"Authorization": f"Bearer {shop.account['accessToken']}"}
    form = {"messaging_product": "whatsapp", "type": "image/png"}
    files = {"file": ("dot.png", b"\x89PNG of ours", "image/png")}
    media_id = shop.meta.http.post(f"/{shop.number}/media", data=form, files=files, headers=token).json()[
        "id"
    ]
    shop.send("WHATSAPP", "", type="image", image={"id": media_id, "caption": "look"}, text=None)
    item = shop.outbox("image")[0]
    assert item["text"] == "look"
    assert shop.meta.http.get(item["url"]).content == b"\x89PNG of ours"


def test_what_was_taken_back_is_not_meant_again(shop: Shop, callback: Callback) -> None:
    (first,) = shop.hear("WHATSAPP", text="one")["ids"]
    shop.hear("WHATSAPP", text="two")
    shop.hear("WHATSAPP", "unsend")
    shop.hear("WHATSAPP", "edit", text="ONE")
    shop.meta.delivered()
    assert events(callback)[-1]["edit"]["original_message_id"] == first
