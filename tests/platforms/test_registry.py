from __future__ import annotations

import ast
from pathlib import Path

import pytest

from backend.lib.json_types import JSON
from backend.platforms.registry import PLATFORMS, by_slug, platform_of
from tests.platforms.cast import Meta

PACKAGE = Path(__file__).parents[2] / "backend"
FOLDERS = ("instagram", "messenger", "whatsapp")


def test_each_platform_is_found_by_each_of_its_words() -> None:
    assert set(PLATFORMS) == {"INSTAGRAM", "MESSENGER", "WHATSAPP"}
    for word, info in PLATFORMS.items():
        assert info.platform == word
        assert by_slug(info.slug) is info
        assert platform_of({"object": info.webhook_object}) == word
        assert Meta({}).adapter(word).info is info
    assert by_slug("telegram") is None
    with pytest.raises(KeyError):
        Meta({}).adapter("TELEGRAM")


@pytest.mark.parametrize(
    "payload", [None, [], {}, "page", {"object": None}, {"object": ["page"]}, {"object": "x"}]
)
def test_other_events_are_of_no_platform(payload: JSON) -> None:
    assert platform_of(payload) is None


def test_what_the_settings_page_says() -> None:
    assert PLATFORMS["INSTAGRAM"].required_permissions == (
        "instagram_basic",
        "instagram_manage_messages",
        "pages_messaging",
    )
    assert PLATFORMS["WHATSAPP"].capabilities.text_limit == 4096
    assert all(
        info.requirements and info.features and info.color.startswith("#") for info in PLATFORMS.values()
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_platforms_do_not_know_each_other(folder: str) -> None:
    strangers = {f"backend.platforms.{other}" for other in (*FOLDERS, "registry") if other != folder}
    for path in (PACKAGE / "platforms" / folder).glob("*.py"):
        assert not [name for name in imports_of(path) if name.startswith(tuple(strangers))], path


def test_nothing_here_knows_django_or_the_rooms_above() -> None:
    for path in (PACKAGE / "platforms").rglob("*.py"):
        for name in imports_of(path):
            assert not name.startswith(("django", "rest_framework")), path
            assert not name.startswith("backend.") or name.startswith(
                ("backend.platforms.", "backend.lib.")
            ), path


def imports_of(path: Path) -> list[str]:
    """Every module that a file imports."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return [
        name
        for node in nodes
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    ]
