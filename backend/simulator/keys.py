import os
import secrets
from collections.abc import Callable
from pathlib import Path


def kept_value(directory: Path, name: str, make: Callable[[], str]) -> str:
    """The value kept under this name, made once; of two processes that make it one wins for both."""
    path = directory / name
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_once(path, make())
    return path.read_text(encoding="utf-8").strip()


def write_once(path: Path, value: str) -> None:
    """Publish the value under the path unless somebody was first; a reader never sees half a file."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(value)
        os.link(draft, path)
    except FileExistsError:
        pass  # The other process was first; its value counts.
    finally:
        draft.unlink()


def digits(length: int) -> str:
    """Random digits that do not begin with a zero."""
    return str(secrets.randbelow(9 * 10 ** (length - 1)) + 10 ** (length - 1))
