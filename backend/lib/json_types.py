"""The shape of decoded JSON."""

from typing import Any

# What `json.loads` may give back, and an object of it. Values are `Any` on purpose: foreign JSON is read tolerantly.
JSON = Any
JSONObject = dict[str, Any]
