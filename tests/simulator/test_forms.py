"""Other forms of events, other writers, and files that a customer picks."""

from __future__ import annotations

import pytest

from tests.simulator.conftest import Callback, Shop
from tests.simulator.test_messages import events


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM"])
@pytest.mark.parametrize("form", ["standby", "changes", "flat"])
def test_one_event_is_written_in_several_forms(
    shop: Shop, callback: Callback, platform: str, form: str
) -> None:
    shop.hear(platform, "postback", form=form, timestamps="seconds", ids="number")
    shop.meta.delivered()
    (entry,) = callback.bodies()[-1]["entry"]
    (item,) = entry.get("standby") or [change["value"] for change in entry.get("changes", [entry])]
    assert item["sender"] == {"id": int(shop.customers[platform])}
    assert item["recipient"] == {"id": entry["id"]} == {"id": int(shop.accounts[platform])}
    assert item["timestamp"] == entry["time"] < 10**10
    assert ("payload" in item["postback"]) is (form != "standby")
    assert "messaging" not in entry


def test_whatsapp_may_write_times_and_ids_as_numbers(shop: Shop, callback: Callback) -> None:
    shop.hear("WHATSAPP", timestamps="milliseconds", ids="number")
    shop.meta.delivered()
    (entry,) = callback.bodies()[-1]["entry"]
    value = entry["changes"][0]["value"]
    assert value["metadata"]["phone_number_id"] == int(shop.number)
    assert value["messages"][0]["from"] == int(shop.customers["WHATSAPP"])
    assert value["messages"][0]["timestamp"] > 10**12
    refused = shop.meta.http.post("/sim/inbound", json={"platform": "WHATSAPP", "ids": "roman"})
    assert refused.json() == {"error": "ids is one of string, number"}


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM", "WHATSAPP"])
def test_the_dashboard_has_a_test_button(shop: Shop, callback: Callback, platform: str) -> None:
    shop.meta.post("/sim/app/test", platform=platform)
    shop.meta.delivered()
    (entry,) = callback.bodies()[-1]["entry"]
    assert entry["id"] == "0"
    assert entry["changes"][0]["field"] == "messages"


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM", "WHATSAPP"])
def test_the_business_writes_by_other_means(shop: Shop, callback: Callback, platform: str) -> None:
    shop.hear(platform, text="hello?")
    (sent,) = shop.hear(platform, "native_echo", text="from my phone")["ids"]
    shop.hear(platform, "native_reaction", emoji="🎩")
    shop.meta.delivered()
    item = shop.outbox()[0]
    assert (item["id"], item["text"], item["by"]) == (sent, "from my phone", "native_app")
    customer = shop.customers[platform]
    seen = shop.meta.get("/sim/phone", accountId=shop.accounts[platform], customerId=customer)["messages"]
    assert [(one["text"], one["reactions"]) for one in seen] == [("hello?", ["🎩"]), ("from my phone", [])]
    if platform == "WHATSAPP":
        echo, reaction = (
            body["entry"][0]["changes"][0]["value"]["message_echoes"][0] for body in callback.bodies()[-2:]
        )
        assert (echo["to"], echo["text"]["body"]) == (customer, "from my phone")
        assert reaction["reaction"]["emoji"] == "🎩"
        return
    echo, reaction = events(callback)[-2:]
    assert echo["sender"]["id"] == reaction["sender"]["id"] == shop.accounts[platform]
    assert echo["message"]["is_echo"] is True
    assert echo["message"].get("app_id") == (26390203743090 if platform == "MESSENGER" else None)


def test_a_file_of_the_customer_goes_out_as_it_is(shop: Shop, callback: Callback) -> None:
    for platform in ("MESSENGER", "WHATSAPP"):
        put = shop.meta.http.post(
            f"/sim/media?name=holiday.txt&accountId={shop.accounts[platform]}",
            content=b"sun",
            headers={"Content-Type": "text/plain"},
        ).json()
        shop.hear(platform, "document", mediaId=put["id"], caption="look")
    shop.meta.delivered()
    page, whatsapp = events(callback)[-2:]
    assert shop.meta.http.get(page["message"]["attachments"][0]["payload"]["url"]).content == b"sun"
    content = whatsapp["document"]
    assert (content["filename"], content["mime_type"]) == ("holiday.txt", "text/plain")
    token = {"Authorization": f"Bearer {shop.account['accessToken']}"}
    assert shop.meta.http.get(content["url"], headers=token).content == b"sun"
    assert "no file" in shop.hear("MESSENGER", "document", mediaId="1")["error"]
    assert shop.meta.http.post("/sim/media", content=b"").status_code == 400


def test_a_message_may_fail_late(shop: Shop, callback: Callback) -> None:
    shop.hear("WHATSAPP")
    sent = shop.send("WHATSAPP", "hi")["messages"][0]["id"]
    shop.hear("WHATSAPP", "failed", code=131049)
    shop.meta.delivered()
    status = events(callback)[-1]
    assert (status["id"], status["status"], status["errors"][0]["code"]) == (sent, "failed", 131049)
    assert shop.outbox() == []


def test_files_may_be_elsewhere_or_gone(shop: Shop, callback: Callback) -> None:
    shop.hear("WHATSAPP", "image", url="http://169.254.169.254/latest")
    shop.hear("INSTAGRAM", "story_mention", expired=True)
    shop.meta.delivered()
    whatsapp, instagram = events(callback)[-2:]
    assert whatsapp["image"]["url"] == "http://169.254.169.254/latest"
    about = shop.meta.get(f"/{whatsapp['image']['id']}", shop.account["accessToken"])
    assert about["url"] == "http://169.254.169.254/latest"
    url = instagram["message"]["attachments"][0]["payload"]["url"]
    assert shop.meta.http.get(url).status_code == 403
