"""What the schema shows of a reaction of the business."""

from __future__ import annotations

from backend.api.examples import INBOUND
from backend.lib.json_types import JSONObject

REACTED: JSONObject = {
    "success": True,
    "message": {
        **INBOUND,
        "reactions": [
            {
                "emoji": "\N{THUMBS UP SIGN}",
                "by": "17841405793187218",
                "byBusiness": True,
                "state": "QUEUED",
                "error": None,
            }
        ],
    },
}
