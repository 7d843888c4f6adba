import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from backend.simulator.sender import try_post
from backend.simulator.simulation import Simulation

Json = dict[str, Any]


def signed_request(sim: Simulation, user_id: str, secret: str) -> str:
    """Who asks, signed over the encoded text with the secret of the app that they logged in to."""
    now = int(sim.clock.now())
    payload = {"algorithm": "HMAC-SHA256", "expires": now + 3600, "issued_at": now, "user_id": user_id}
    encoded = encode(json.dumps(payload, separators=(",", ":")).encode())
    signature = hmac.new(secret.encode(), encoded.encode(), hashlib.sha256).digest()
    return f"{encode(signature)}.{encoded}"


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


async def post_signed_request(sim: Simulation, user_id: str, name: str, *, instagram: bool = False) -> Json:
    """Tell the app what the person wants; the app's answer."""
    secret = sim.config.instagram_app_secret if instagram else sim.config.app_secret
    body = urlencode({"signed_request": signed_request(sim, user_id, secret)}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "facebookexternalua"}
    sim.store.commit()
    answer = await try_post(sim.sender, f"{sim.config.webhook_url}/{name}", headers=headers, body=body)
    return {"status": int(answer), "response": answer.text}
