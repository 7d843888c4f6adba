from __future__ import annotations

import httpx2
import pytest

from backend.lib.json_types import JSON
from backend.lib.secret import Secret
from tests.platforms.cast import Meta, grant, refusal

TASKS = ["ANALYZE", "MESSAGING", "MODERATE", "MANAGE"]


def page(page_id: str = "100000000000001", **changes: JSON) -> JSON:
    """A Page as `me/accounts` lists it."""
    known = {
        "id": page_id,
        "name": "Corner Bakery",
        "access_token": f"EAApage-{page_id}",
        "tasks": TASKS,
        "picture": {"data": {"url": "https://cdn.test/p.jpg"}},
        "instagram_business_account": {
            "id": "17841400000000000",
            "username": "corner.bakery",
            "name": "The Corner",
        },
    }
    return {name: value for name, value in (known | changes).items() if value is not None}


# ---- Pages


def test_a_page_is_an_account_of_messenger() -> None:
    (account,) = (
        Meta({"GET /me/accounts": {"data": [page()]}}).adapter("MESSENGER").list_accounts(grant("MESSENGER"))
    )
    assert (account.account_id, account.platform_account_id, account.page_id) == ("100000000000001",) * 3
    assert (account.name, account.platform_account_name, account.page_name) == ("Corner Bakery",) * 3
    assert account.token == account.page_token == Secret("EAApage-100000000000001")
    assert account.picture_url == "https://cdn.test/p.jpg"
    assert account.reason is None


def test_the_linked_account_is_an_account_of_instagram() -> None:
    (account,) = (
        Meta({"GET /me/accounts": {"data": [page()]}}).adapter("INSTAGRAM").list_accounts(grant("INSTAGRAM"))
    )
    assert (account.account_id, account.platform_account_id) == ("17841400000000000",) * 2
    assert (account.name, account.username) == ("The Corner", "corner.bakery")
    assert (account.page_id, account.page_name) == ("100000000000001", "Corner Bakery")
    assert account.metadata == {"username": "corner.bakery"}
    assert account.token == Secret("EAApage-100000000000001")
    assert account.reason is None


def test_a_linked_account_that_is_named_by_its_id_only_is_looked_up() -> None:
    meta = Meta(
        {
            "GET /me/accounts": {"data": [page(instagram_business_account={"id": "17841400000000000"})]},
            "GET /17841400000000000": {"id": "17841400000000000", "username": "corner.bakery"},
        }
    )
    (account,) = meta.adapter("INSTAGRAM").list_accounts(grant("INSTAGRAM"))
    assert (account.name, account.username) == ("corner.bakery", "corner.bakery")


@pytest.mark.parametrize(
    ("platform", "changes", "word"),
    [
        ("MESSENGER", {"tasks": ["ANALYZE"]}, "task Messages"),
        ("MESSENGER", {"access_token": None}, "no access"),
        ("INSTAGRAM", {"instagram_business_account": None}, "No professional Instagram account"),
        ("INSTAGRAM", {"tasks": ["ANALYZE"]}, "task Messages"),
    ],
)
def test_an_unusable_page_is_listed_with_its_reason(
    platform: str, changes: dict[str, JSON], word: str
) -> None:
    meta = Meta({"GET /me/accounts": {"data": [page(**changes)]}})
    (account,) = meta.adapter(platform).list_accounts(grant(platform))
    assert account.account_id
    assert word in (account.reason or "")


def test_a_page_that_does_not_tell_its_tasks_may_be_tried() -> None:
    meta = Meta({"GET /me/accounts": {"data": [page(tasks=None)]}})
    (account,) = meta.adapter("MESSENGER").list_accounts(grant("MESSENGER"))
    assert account.reason is None


@pytest.mark.parametrize("platform", ["MESSENGER", "INSTAGRAM"])
def test_a_missing_permission_is_named(platform: str) -> None:
    meta = Meta({"GET /me/accounts": {"data": [page()]}})
    (account,) = meta.adapter(platform).list_accounts(
        grant(platform, permissions=("instagram_basic", "email"))
    )
    assert "pages_messaging" in (account.reason or "")


def test_a_page_that_was_not_chosen_says_so() -> None:
    meta = Meta({"GET /me/accounts": {"data": [page(), page("100000000000002")]}})
    limited = grant("MESSENGER", targets={"pages_messaging": ("100000000000002",)})
    first, second = meta.adapter("MESSENGER").list_accounts(limited)
    assert "not chosen" in (first.reason or "")
    assert second.reason is None


def test_every_page_of_results_is_read() -> None:
    def answer(request: httpx2.Request) -> JSON:
        if "after" in request.url.params:
            return {"data": [page("100000000000002")]}
        assert request.url.params["limit"] == "100"
        following = (
            f"https://graph.test/v25.0/me/accounts?access_token=EAAuser&after=A&{request.url.query.decode()}"
        )
        return {"data": [page()], "paging": {"next": following}}

    found = Meta({"GET /me/accounts": answer}).adapter("MESSENGER").list_accounts(grant("MESSENGER"))
    assert [account.account_id for account in found] == ["100000000000001", "100000000000002"]


def test_where_no_pages_are_listed_the_permissions_name_them() -> None:
    meta = Meta({"GET /me/accounts": {"data": []}, "GET /100000000000001": page()})
    targets = {"pages_messaging": ("100000000000001", "5"), "pages_show_list": ("100000000000001",)}
    found = meta.adapter("MESSENGER").list_accounts(grant("MESSENGER", targets=targets))
    assert [account.account_id for account in found] == ["100000000000001", "5"]
    assert found[0].reason is None
    assert found[1].reason


@pytest.mark.parametrize("odd", [{}, {"data": None}, {"data": [{}]}, {"data": [None, "x"]}])
def test_an_odd_list_of_pages_breaks_nothing(odd: JSON) -> None:
    for platform in ("MESSENGER", "INSTAGRAM"):
        for account in Meta({"GET /me/accounts": odd}).adapter(platform).list_accounts(grant(platform)):
            assert account.reason


# ---- numbers


def whatsapp(**changes: JSON) -> Meta:
    """A WABA with two numbers."""
    numbers = [
        {
            "id": "106540352242922",
            "display_phone_number": "+1 555-078-3881",
            "verified_name": "Corner Bakery",
        },
        {"id": "106540352242923", "display_phone_number": "+1 555-078-3882"},
    ]
    answers: dict[str, JSON] = {
        "GET /102290129340398": {"id": "102290129340398", "name": "Bakery Ltd"},
        "GET /102290129340398/phone_numbers": {"data": numbers},
    }
    return Meta(answers | changes)


TARGETS = {
    "whatsapp_business_management": ("102290129340398",),
    "whatsapp_business_messaging": ("102290129340398",),
}


def test_each_number_is_an_account_of_whatsapp() -> None:
    first, second = whatsapp().adapter("WHATSAPP").list_accounts(grant("WHATSAPP", targets=TARGETS))
    assert first.account_id == "106540352242922"
    assert first.platform_account_id == first.business_account_id == "102290129340398"
    assert first.name == first.platform_account_name == "Corner Bakery"
    assert first.metadata == {"phoneNumberId": "106540352242922", "displayPhoneNumber": "+1 555-078-3881"}
    assert (first.page_id, first.page_token, first.reason) == ("", None, None)
    assert second.name == "Bakery Ltd"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"GET /102290129340398/phone_numbers": {"data": []}}, "no phone number"),
        ({"GET /102290129340398": refusal(100, 33)}, "does not let us see it"),
    ],
)
def test_a_waba_without_a_number_is_listed_with_its_reason(changes: dict[str, JSON], word: str) -> None:
    (account,) = whatsapp(**changes).adapter("WHATSAPP").list_accounts(grant("WHATSAPP", targets=TARGETS))
    assert account.account_id == "102290129340398"
    assert word in (account.reason or "")


def test_numbers_without_a_permission_say_which() -> None:
    limited = grant("WHATSAPP", targets=TARGETS, permissions=("whatsapp_business_management",))
    for account in whatsapp().adapter("WHATSAPP").list_accounts(limited):
        assert "whatsapp_business_messaging" in (account.reason or "")
