"""Light data is frozen data that costs less to make."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import pytest

from backend.lib.light import light
from backend.platforms import notices
from backend.platforms.notices import ContactCard, Notice


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    name: str = ""


@light
@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Base):
    words: tuple[str, ...]
    seen: dict[str, int] = field(default_factory=dict)


def test_it_is_made_as_before() -> None:
    told = Told(words=("a",), name="x")
    assert (told.name, told.words, told.seen) == ("x", ("a",), {})
    assert Told(words=()).seen is not Told(words=()).seen
    with pytest.raises(TypeError, match="words"):
        Told()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="other"):
        Told(words=(), other=1)  # type: ignore[call-arg]


def test_it_is_compared_replaced_and_hashed_as_before() -> None:
    told = Told(words=("a",))
    assert told == Told(words=("a",))
    assert replace(told, name="y") == Told(words=("a",), name="y")
    assert hash(Base(name="x")) == hash(Base(name="x"))
    assert repr(told) == "Told(name='', words=('a',), seen={})"


def test_it_has_no_room_for_more() -> None:
    with pytest.raises(AttributeError):
        Base().other = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "kind", [ContactCard, *Notice.__subclasses__(), notices.Attachment], ids=lambda kind: kind.__name__
)
def test_every_notice_takes_its_fields_by_name(kind: type) -> None:
    given = {each.name: object() for each in fields(kind)}
    made = kind(**given)
    assert {name: getattr(made, name) for name in given} == given
