"""What the schema shows of an import of old conversations."""

from __future__ import annotations

from backend.lib.json_types import JSONObject

IMPORT: JSONObject = {
    "id": "0193f2c4-5d20-7b31-9e52-7a6b5c4d3e2f",
    "origin": "PLATFORM",
    "state": "RUNNING",
    "progress": None,
    "conversations": 120,
    "messages": 1840,
    "withheld": 312,
    "lastError": None,
    "lastErrorCode": None,
    "lastErrorResolution": None,
    "lastErrorAt": None,
    "startedAt": "2025-06-19T10:30:00Z",
    "finishedAt": None,
}
STARTED: JSONObject = {
    "success": True,
    "import": {**IMPORT, "conversations": 0, "messages": 0, "withheld": 0},
}
PROGRESS: dict[str, JSONObject] = {
    "Running": {"success": True, "import": IMPORT},
    "Done": {"success": True, "import": {**IMPORT, "state": "DONE", "finishedAt": "2025-06-19T10:31:12Z"}},
    "From the phone": {
        "success": True,
        "import": {**IMPORT, "origin": "PHONE", "progress": 55, "withheld": 0},
    },
    "None": {"success": True, "import": None},
}
