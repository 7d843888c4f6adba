"""Only `conversations.record` writes contacts, conversations and messages; the outbox claim excepted."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.source import ROOT, listed, python_files, shown, tree_of

KEPT = {"Attachment", "Contact", "Conversation", "Message", "ParkedNotice"}
WRITES = {
    "create",
    "bulk_create",
    "get_or_create",
    "update_or_create",
    "update",
    "bulk_update",
    "delete",
    "save",
}
# Of `engine.rows`: what they write comes first.
WRITES_ROWS = {"insert_rows", "upsert_rows", "update_rows", "take_rows", "insert_numbered"}
# Lower case words that hold such a row in this code: `message.save()`, `conversation.contact.delete()`.
ROWS = {"contact", "conversation", "message", "twin", "parked"}

# The claim: the database decides who sends a message. It lives on the QuerySet.
EXCEPTIONS = {"backend/conversations/models.py"}


def test_record_is_the_only_writer() -> None:
    found = [
        f"{shown(path)}:{call.lineno} writes {word}; do it in backend/conversations/record"
        for path in python_files("backend")
        if not _may_write(path)
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call) and (word := _written(call))
    ]
    assert not found, listed(found)


def test_the_scan_sees_a_write() -> None:
    """The scan itself: it finds what it looks for, in the room that may do it."""
    record = python_files("backend/conversations/record")
    calls = [call for path in record for call in ast.walk(tree_of(path)) if isinstance(call, ast.Call)]
    assert {_written(call) for call in calls} >= KEPT
    chained = {_written(call) for call in calls if isinstance(call.func, ast.Attribute)}
    assert {"Message", "Conversation"} <= chained


def _may_write(path: Path) -> bool:
    inside = path.is_relative_to(ROOT / "backend/conversations/record")
    return inside or "simulator" in path.parts or shown(path) in EXCEPTIONS


def _written(call: ast.Call) -> str:
    """What a call writes: `Message` of `Message.objects.filter(…).update(…)`, or of `insert_rows(Message, …)`."""
    if isinstance(call.func, ast.Name) and call.func.id in WRITES_ROWS:
        return next((word for word in _words(call.args[0]) if word in KEPT), "")
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return ""
    words = _words(call.func.value)
    models = [word for word in words if word in KEPT]
    if models and "objects" in words:
        return models[0]
    return words[-1] if words and words[-1] in ROWS else ""


def _words(node: ast.expr) -> list[str]:
    """The names of a chain of attributes and calls, from the left."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [*_words(node.value), node.attr]
    if isinstance(node, ast.Call | ast.Subscript):
        return _words(node.func if isinstance(node, ast.Call) else node.value)
    return []
