"""
What Meta tells of the people who granted access, by the object `permissions` of the app's webhooks.

Its fields are names of permissions and `connected`; Meta's page of them names the verbs in words only. So nothing is
believed of what changed: it says of whom, and whoever hears it looks.
"""

from __future__ import annotations

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of
from backend.platforms.meta.envelope import Entry, read_event, unrecognised
from backend.platforms.port import AnyNotice, PermissionsChanged

OBJECT = "permissions"


def read_permissions(payload: JSON) -> list[AnyNotice]:
    """One notice for each change. Never raises."""
    return read_event(payload, {"changes": _read_change})


def _read_change(about: Entry, change: JSONObject) -> list[AnyNotice]:
    if not id_of(about.id):
        return [unrecognised(about, "change", OBJECT, detail="It names nobody.", raw=change)]
    return [PermissionsChanged(user_id=about.id, occurred_at=about.sent_at, raw=change)]
