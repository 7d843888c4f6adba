"""Alive, ready, and described."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from backend.api.operations import expected_migrations
from backend.api.release import commit_of
from backend.config.wsgi import MeasuredBodies
from tests.api.agreeing import AgreeingClient


def test_alive_needs_nothing(nobody: AgreeingClient) -> None:
    assert nobody.get("/healthz").json() == {"success": True, "alive": True}


@pytest.mark.django_db
def test_ready_names_the_release(nobody: AgreeingClient, settings: Any) -> None:
    answer = nobody.get("/readyz").json()
    assert (answer["ready"], answer["vault"]) == (True, "ok")
    assert answer["version"]


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready(nobody: AgreeingClient) -> None:
    expected_migrations.cache_clear()
    MigrationRecorder.Migration.objects.filter(app="conversations").delete()
    answer = nobody.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["code"] == "service_unavailable"
    assert nobody.get("/healthz").status_code == 200


def test_the_commit_is_read_from_what_is_checked_out(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == ""
    (tmp_path / "HEAD").write_text("a" * 40)
    assert commit_of(tmp_path) == "a" * 40
    (tmp_path / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "packed-refs").write_text("# pack-refs\n" + "b" * 40 + " refs/heads/main\n")
    assert commit_of(tmp_path) == "b" * 40
    (tmp_path / "refs/heads").mkdir(parents=True)
    (tmp_path / "refs/heads/main").write_text("c" * 40 + "\n")
    assert commit_of(tmp_path) == "c" * 40


def test_the_schema_is_served_as_json_and_as_yaml(client: Client) -> None:
    as_json = client.get("/api/schema", headers={"Accept": "application/json"})
    assert as_json.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    document = json.loads(as_json.content)
    assert document["openapi"].startswith("3.1")
    for accept in ("*/*", "application/yaml", "text/html,*/*", ""):
        answer = client.get("/api/schema", headers={"Accept": accept})
        assert yaml.safe_load(answer.content) == document


def test_the_docs_load_nothing_from_elsewhere(client: Client, settings: Any) -> None:
    page = client.get("/api/docs").content.decode()
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    files = re.findall(r"(?:src|href)=\"/static/([^\"]+)\"", page)
    assert len(files) == 3
    assert all(finders.find(file) for file in files)
    assert "owner@demo.test" in page
    settings.SANDBOX = False
    assert "demo.test" not in client.get("/api/docs").content.decode()


def test_a_body_in_chunks_is_read() -> None:
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen["length"], seen["body"] = environ.get("CONTENT_LENGTH"), environ["wsgi.input"].read()
        return []

    measured = MeasuredBodies(application, limit=5)
    for sent, read in ((b"abc", b"abc"), (b"abcdefgh", b"abcdef")):
        environ = {"HTTP_TRANSFER_ENCODING": "Chunked", "wsgi.input": io.BytesIO(sent)}
        measured(environ, lambda *_: None)
        assert seen == {"length": str(len(read)), "body": read}
