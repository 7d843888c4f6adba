"""Where the files of messages lie, as Django's STORAGES wants it said."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

DISK, S3 = "disk", "s3"
KINDS = (DISK, S3)
S3_PACKAGE = "storages"  # django-storages, which brings boto3; only those who use S3 install it.


def media_storage(kind: str, folder: Path, s3: Mapping[str, str]) -> dict[str, Any]:
    """The storage of that kind; `s3` holds bucket, region, endpoint, key and secret, empty where not set."""
    if kind != S3:
        return {"BACKEND": "backend.files.disk.Disk", "OPTIONS": {"location": folder}}
    options: dict[str, Any] = {
        "bucket_name": s3["bucket"],
        "region_name": s3["region"] or None,
        "endpoint_url": s3["endpoint"] or None,  # None: Amazon's own.
        "access_key": s3["key"] or None,  # None: the role of the machine.
        "secret_key": s3["secret"] or None,
        "location": "media",
        "default_acl": None,  # Nobody but us reads it; files leave through the API.
        "file_overwrite": True,  # Names are never used twice; to look first would cost a call.
        "querystring_auth": True,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def trouble_with_storage(kind: str, bucket: str) -> str | None:
    """Why files could not be kept so; None: they can."""
    if kind not in KINDS:
        return f"MEDIA_STORAGE is none of: {', '.join(KINDS)}."
    if kind == S3 and not bucket:
        return "MEDIA_STORAGE is s3, and MEDIA_S3_BUCKET is not set."
    if kind == S3 and find_spec(S3_PACKAGE) is None:
        return "MEDIA_STORAGE is s3, and django-storages is not installed."
    return None
