"""Whatever a room refuses with, the front door has a code and a status for it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest

from backend.api.codes import ErrorCode
from backend.integrations.vault import VaultUnreadable
from backend.lib.refusal import Refusal
from backend.platforms.errors import PlatformError
from tests.house.source import ROOT, python_files

# What a platform says that the contract has another word for; the front door translates it.
TRANSLATED = {"rate_limited_by_platform"}


def load_every_room() -> None:
    for path in python_files("backend"):
        relative = path.relative_to(ROOT)
        if "simulator" not in relative.parts and path.name not in {"asgi.py", "wsgi.py"}:
            importlib.import_module(".".join(relative.with_suffix("").parts).removesuffix(".__init__"))


def family(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from family(child)


@pytest.mark.parametrize("root", [Refusal, PlatformError, VaultUnreadable], ids=lambda root: root.__name__)
def test_every_error_has_a_code_of_the_contract(root: type[Exception]) -> None:
    load_every_room()
    known = {code.value for code in ErrorCode} | TRANSLATED
    strange = {
        f"{error.__module__}.{error.__name__} says {vars(error)['code']!r}"
        for error in family(root)
        if isinstance(vars(error).get("code"), str) and vars(error)["code"] not in known
    }
    assert not strange, f"name the code in backend/api/codes.py, once: {sorted(strange)}"
