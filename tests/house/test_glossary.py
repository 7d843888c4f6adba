"""One word for one thing: what the code names, docs/glossary.md explains."""

from __future__ import annotations

from typing import get_args

import pytest
from django.apps import apps

from backend.platforms import port
from tests.house.source import ROOT

GLOSSARY = ROOT / "docs/glossary.md"
MODELS = sorted(model.__name__ for model in apps.get_models() if model.__module__.startswith("backend."))
NOTICES = sorted(notice.__name__ for notice in get_args(port.AnyNotice))


@pytest.mark.parametrize("name", [*MODELS, *NOTICES])
def test_the_glossary_explains(name: str) -> None:
    assert f"`{name}`" in GLOSSARY.read_text(), f"say in docs/glossary.md what a `{name}` is"


def test_there_are_models_and_notices_to_explain() -> None:
    assert "Message" in MODELS
    assert "MessageReceived" in NOTICES
