"""Webhook events with what is to be read in them: a file per case, and the corpus beside the project."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from backend.lib.json_types import JSON, JSONObject
from backend.platforms.port import AnyNotice

PAYLOADS = Path(__file__).parent / "payloads"
SHARED = Path(os.environ.get("SHARED_DIR", Path(__file__).parents[3] / "shared"))
CORPUS = SHARED / "corpus"
NO_CORPUS = f"no corpus at {CORPUS}"


@dataclass(frozen=True)
class Case:
    """One webhook event and the notices that must come of it."""

    platform: str
    name: str
    payload: JSON
    notices: list[JSONObject]


def load(name: str) -> JSON:
    """One file under payloads."""
    return json.loads((PAYLOADS / name).read_text())


def cases(slug: str) -> list[Case]:
    """Every case of a platform."""
    return [
        Case(slug.upper(), path.stem, **json.loads(path.read_text()))
        for path in sorted((PAYLOADS / slug).glob("*.json"))
    ]


def as_json(notice: AnyNotice) -> JSONObject:
    """A notice as a case writes it: its kind and what differs from the default, without the raw item."""
    said: JSONObject = {"notice": type(notice).__name__}
    for each in fields(notice):
        value = getattr(notice, each.name)
        default = each.default_factory() if each.default_factory is not MISSING else each.default
        if each.name != "raw" and value != default:
            said[each.name] = _plain(value)
    return said


def _plain(value: Any) -> JSON:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        parts = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: _plain(part) for name, part in parts.items() if part}
    return value


@dataclass(frozen=True)
class Sample:
    """One body of the corpus."""

    name: str
    platform: str
    kind: str
    payload: JSON
    expected: JSONObject


def corpus() -> list[Sample]:
    """Every body of the corpus; none where there is no corpus."""
    if not CORPUS.is_dir():
        return []
    with (CORPUS / "index.csv").open(newline="") as index:
        return [
            Sample(
                name=row["file"],
                platform=row["platform"].upper(),
                kind=row["kind"],
                payload=json.loads((CORPUS / row["file"]).read_text()),
                expected=json.loads(row["expected_json"] or "{}"),
            )
            for row in csv.DictReader(index)
        ]
