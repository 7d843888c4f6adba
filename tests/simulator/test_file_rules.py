"""The files that Meta takes from a business, and how long."""

from __future__ import annotations

from typing import Any

from tests.simulator.conftest import Callback, Shop
from tests.simulator.test_messages import HOUR, events
from tests.simulator.test_oauth import error_of

PNG = b"\x89PNG\r\n\x1a\n of ours"


def upload(shop: Shop, name: str, mime_type: str, content: bytes) -> str:
    token = {"Authorization": f"Bearer {shop.account['accessToken']}"}
    form = {"messaging_product": "whatsapp", "type": mime_type}
    files = {"file": (name, content, mime_type)}
    answer = shop.meta.http.post(f"/{shop.number}/media", data=form, files=files, headers=token)
    key: str = answer.json()["id"]
    return key


WRONG = [
    ("image", "application/pdf", b"%PDF-1.4", "Unsupported Image mime type application/pdf"),
    ("image", "image/png", b"not a picture", "no image/png"),
    ("audio", "audio/ogg", b"OggS\0 vorbis", "opus"),
    ("sticker", "image/webp", b"RIFF____WEBPVP8 " + bytes(110_000), "100 KB"),
]


def test_a_wrong_file_is_accepted_and_fails_later(shop: Shop, callback: Callback) -> None:
    shop.hear("WHATSAPP")
    for kind, mime_type, content, why in WRONG:
        key = upload(shop, "file", mime_type, content)
        sent = shop.send("WHATSAPP", "", type=kind, text=None, **{kind: {"id": key}})["messages"][0]["id"]
        shop.meta.delivered()
        status = events(callback)[-1]
        assert (status["id"], status["status"]) == (sent, "failed")
        assert status["errors"][0]["code"] == 131053
        assert why in status["errors"][0]["error_data"]["details"]
        assert shop.outbox(kind) == []


def test_ids_of_files_run_out(shop: Shop) -> None:
    shop.hear("WHATSAPP")
    key = upload(shop, "a.png", "image/png", PNG)
    shop.meta.post("/sim/clock", advanceSeconds=29 * 24 * HOUR)
    shop.hear("WHATSAPP")
    assert "messages" in shop.send("WHATSAPP", "", type="image", text=None, image={"id": key})
    shop.meta.post("/sim/clock", advanceSeconds=2 * 24 * HOUR)
    assert error_of(shop.send("WHATSAPP", "", type="image", text=None, image={"id": key})) == (100, None)
    assert error_of(shop.meta.get(f"/{key}", shop.account["accessToken"])) == (100, 33)


def attach(shop: Shop, word: str, mime_type: str, content: bytes, platform: str = "messenger") -> Any:
    token = {"Authorization": f"Bearer {shop.page['accessToken']}"}
    message = f'{{"attachment": {{"type": "{word}", "payload": {{"is_reusable": true}}}}}}'
    return shop.meta.http.post(
        f"/{shop.page['id']}/message_attachments",
        data={"message": message, "platform": platform},
        files={"filedata": ("file", content, mime_type)},
        headers=token,
    ).json()


def test_files_of_a_page_have_their_type_and_their_time(shop: Shop) -> None:
    shop.hear("MESSENGER")
    assert error_of(attach(shop, "image", "application/pdf", b"%PDF")) == (100, 2018047)
    assert error_of(attach(shop, "file", "text/plain", b"hi", "instagram")) == (100, 2018047)
    assert error_of(attach(shop, "image", "image/png", PNG + bytes(9 * 2**20), "instagram")) == (100, 2018109)
    key = attach(shop, "image", "image/png", PNG)["attachment_id"]
    message = {"attachment": {"type": "image", "payload": {"attachment_id": key}}}
    assert "message_id" in shop.send("MESSENGER", "", message=message)
    (item,) = shop.outbox("image")
    assert (item["name"], item["mimeType"], item["size"]) == ("file", "image/png", len(PNG))
    shop.meta.post("/sim/clock", advanceSeconds=91 * 24 * HOUR)
    shop.hear("MESSENGER")
    assert error_of(shop.send("MESSENGER", "", message=message)) == (100, 2018074)
