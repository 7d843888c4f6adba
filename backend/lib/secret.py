"""The one wrapper around a clear token, so that no log line, traceback or answer can print it."""

from __future__ import annotations

from typing import NoReturn

MASK = "***masked***"


class Secret:
    """A clear secret that only `reveal()` gives back."""

    __slots__ = ("_clear",)

    def __init__(self, clear: str) -> None:
        self._clear = clear

    def reveal(self) -> str:
        """The clear text; only for a header, a signature or the vault."""
        return self._clear

    def __bool__(self) -> bool:
        return bool(self._clear)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._clear == self._clear

    def __hash__(self) -> int:
        return hash(self._clear)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled.")
