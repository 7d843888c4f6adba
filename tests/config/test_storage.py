"""Where files lie is a setting; what cannot work refuses the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import InMemoryStorage

from backend.config.checks import check_settings
from backend.config.storage import media_storage, trouble_with_storage
from backend.files import store
from tests.conftest import Cast
from tests.files.keeping import content_of, is_on_disk, keep
from tests.files.samples import PNG

S3 = {"bucket": "files", "region": "", "endpoint": "https://s3.example", "key": "id", "secret": "word"}


def test_a_folder_is_what_is_used_where_nothing_is_named(tmp_path: Path) -> None:
    made = media_storage("disk", tmp_path, S3)
    assert made == {"BACKEND": "backend.files.disk.Disk", "OPTIONS": {"location": tmp_path}}


def test_a_bucket_is_ours_alone(tmp_path: Path) -> None:
    options = media_storage("s3", tmp_path, S3)["OPTIONS"]
    assert options["bucket_name"] == "files"
    assert options["endpoint_url"] == "https://s3.example"
    assert options["region_name"] is None
    assert options["default_acl"] is None


@pytest.mark.parametrize(
    ("kind", "bucket", "named"),
    [("ftp", "", "MEDIA_STORAGE"), ("s3", "", "MEDIA_S3_BUCKET"), ("disk", "", None)],
)
def test_what_cannot_work_is_said(kind: str, bucket: str, named: str | None) -> None:
    trouble = trouble_with_storage(kind, bucket)
    assert (named in trouble) if named and trouble else trouble is None


def test_the_check_refuses_it(settings: Any) -> None:
    settings.MEDIA_STORAGE = "ftp"
    assert "gateway.E011" in {message.id for message in check_settings(None)}
    settings.MEDIA_STORAGE = "disk"
    assert "gateway.E011" not in {message.id for message in check_settings(None)}


def test_any_storage_of_django_does(cast: Cast, settings: Any) -> None:
    """One without paths, as an object store is."""
    kind = f"{InMemoryStorage.__module__}.{InMemoryStorage.__qualname__}"
    settings.STORAGES = {**settings.STORAGES, "media": {"BACKEND": kind}}
    row = keep(cast.business.pk)
    assert isinstance(store.storage(), InMemoryStorage)
    assert content_of(row) == PNG
    store.discard([row.pk])
    store.remove_leaving()
    assert not is_on_disk(row)
