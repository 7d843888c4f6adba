import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id)
)
"""
# An update keeps its row number: documents come back in the order in which they were made.
PUT = """
INSERT INTO documents (kind, id, body) VALUES (?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body
"""


class Store:
    """Documents in one SQLite file; what was committed survives a killed process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.database = sqlite3.connect(path, check_same_thread=False)
        self.database.execute("PRAGMA journal_mode = WAL")
        # A WAL without a sync per commit loses nothing when the process dies, only when the machine does.
        self.database.execute("PRAGMA synchronous = NORMAL")
        self.database.execute(SCHEMA)

    def put(self, kind: str, key: str, body: dict[str, Any]) -> None:
        self.database.execute(PUT, (kind, key, json.dumps(body)))

    def discard(self, kind: str, key: str) -> None:
        self.database.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, key))

    def clear(self, kind: str) -> None:
        self.database.execute("DELETE FROM documents WHERE kind = ?", (kind,))

    def read(self, kind: str) -> list[dict[str, Any]]:
        rows = self.database.execute("SELECT body FROM documents WHERE kind = ? ORDER BY seq", (kind,))
        return [json.loads(body) for (body,) in rows]

    def commit(self) -> None:
        """Everything put so far is on disk when this returns."""
        self.database.commit()

    def close(self) -> None:
        self.database.commit()
        self.database.close()


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


Kept = TypeVar("Kept", bound=Keyed)


class Shelf(Generic[Kept]):
    """All documents of one kind, in memory and written through."""

    def __init__(self, store: Store, make: type[Kept]) -> None:
        self.store = store
        self.kind = make.__name__
        rows = (make(**body) for body in store.read(self.kind))
        self.records: dict[str, Kept] = {record.key: record for record in rows}

    def put(self, record: Kept) -> None:
        """Keep the record, new or changed; the caller commits."""
        self.records[record.key] = record
        self.store.put(self.kind, record.key, vars(record))

    def discard(self, record: Kept) -> None:
        self.records.pop(record.key, None)
        self.store.discard(self.kind, record.key)

    def clear(self) -> None:
        self.records.clear()
        self.store.clear(self.kind)

    def get(self, key: str) -> Kept | None:
        return self.records.get(key)

    def __getitem__(self, key: str) -> Kept:
        return self.records[key]

    def __iter__(self) -> Iterator[Kept]:
        return iter(self.records.values())

    def __len__(self) -> int:
        return len(self.records)
