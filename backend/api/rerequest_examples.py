"""What `finish` and `accounts` say of permissions that were not given, for the schema."""

from __future__ import annotations

from backend.lib.json_types import JSONObject

NOTHING_MISSING: JSONObject = {
    "missingPermissions": [],
    "rerequestUrl": None,
    "message": None,
    "resolution": None,
}
MISSING: JSONObject = {
    "missingPermissions": ["instagram_manage_messages"],
    "rerequestUrl": "https://www.facebook.com/v25.0/dialog/oauth?client_id=1234567890&auth_type=rerequest",
    "message": "Permissions that are needed were not granted: instagram_manage_messages.",
    "resolution": "Open the dialog again and allow them; it asks for just these.",
}
