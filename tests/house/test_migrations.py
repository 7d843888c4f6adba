"""Every change of a model has its migration, and no migration waits for another in secret."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    loader = MigrationExecutor(connection).loader
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph)
    told = {
        app: [str(operation) for m in found for operation in m.operations] for app, found in changes.items()
    }
    assert not changes, f"run: manage.py makemigrations ({told})"
    assert not loader.detect_conflicts(), (
        "two migrations follow the same one; run: manage.py makemigrations --merge"
    )
