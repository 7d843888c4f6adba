"""What the settings must hold before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import CheckMessage

from backend.config.checks import META_HOSTS, check_settings

PRODUCTION = {
    "SANDBOX": False,
    "PUBLIC_URL": "https://gateway.example.test",
    "FRONTEND_ORIGINS": ["https://app.example.test"],
    "META_GRAPH_URL": "https://graph.facebook.com",
    "META_DIALOG_URL": "https://www.facebook.com",
    "INSTAGRAM_AUTHORIZE_URL": "https://www.instagram.com",
    "INSTAGRAM_TOKEN_URL": "https://api.instagram.com",
    "INSTAGRAM_GRAPH_URL": "https://graph.instagram.com",
}

Found = Callable[..., list[str]]


@pytest.fixture
def found(settings: Any) -> Found:
    """The ids of what is wrong with the settings of a production that differs in these."""

    def check(**changes: Any) -> list[str]:
        for name, value in {**PRODUCTION, **changes}.items():
            setattr(settings, name, value)
        messages: list[CheckMessage] = check_settings(None)
        return [str(message.id) for message in messages]

    return check


def test_a_production_of_metas_own_hosts_is_right(found: Found) -> None:
    assert found() == []


@pytest.mark.parametrize("name", list(META_HOSTS))
@pytest.mark.parametrize("address", ["http://localhost:9000/x", "https://evil.test", "http://{host}", ""])
def test_outside_the_sandbox_tokens_go_to_meta_only(found: Found, name: str, address: str) -> None:
    assert found(**{name: address.format(host=META_HOSTS[name])}) == ["gateway.E004"]


def test_no_host_stands_for_another(found: Found) -> None:
    assert found(INSTAGRAM_GRAPH_URL="https://graph.facebook.com") == ["gateway.E004"]


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({"INSTAGRAM_APP_ID": "", "INSTAGRAM_APP_SECRET": ""}, []),
        ({"INSTAGRAM_LOGIN": "instagram"}, []),
        ({"INSTAGRAM_LOGIN": "Instagram"}, ["gateway.E009"]),
        ({"INSTAGRAM_LOGIN": "instagram", "INSTAGRAM_APP_SECRET": ""}, ["gateway.E010"]),
        (
            {"INSTAGRAM_LOGIN": "instagram", "INSTAGRAM_APP_ID": "", "INSTAGRAM_APP_SECRET": ""},
            ["gateway.E010"],
        ),
        ({"INSTAGRAM_APP_ID": ""}, ["gateway.W002"]),
        ({"INSTAGRAM_APP_SECRET": "short"}, ["gateway.E003"]),
    ],
    ids=str,
)
def test_instagram_login_is_set_up_as_a_whole_or_not_at_all(
    found: Found, changes: dict[str, str], ids: list[str]
) -> None:
    assert found(**changes) == ids
