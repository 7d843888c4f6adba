"""Files that the business hands over or fetches."""

from typing import Any

from backend.simulator.graph.access import authenticate, need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import (
    GraphError,
    bad_parameter,
    missing_parameter,
    page_token_needed,
    unsupported,
)
from backend.simulator.graph.files_page import check_file
from backend.simulator.graph.media_whatsapp import LIMITS, is_alive
from backend.simulator.media import Medium
from backend.simulator.records import MESSENGER, Page, PhoneNumber, Token

Json = dict[str, Any]


async def upload_media(call: Call, token: Token, number: PhoneNumber) -> Json:
    """Keep a file for later messages of this number."""
    need_scope(token, "whatsapp_business_messaging", code=10)
    file = call.files.get("file")
    if call.text("messaging_product") != "whatsapp":
        raise missing_parameter("messaging_product")
    if file is None:
        raise missing_parameter("file")
    # What a client says of the type counts if it is one; some say no more than "image".
    told = [name.split(";")[0].strip() for name in (call.text("type"), file.mime_type)]
    mime_type = next((name for name in told if name in LIMITS), told[0] or told[1])
    if mime_type not in LIMITS:
        raise bad_parameter(
            f"Param file must be a file with one of the following types: {', '.join(LIMITS)}. "
            f"Received file of type '{mime_type}'."
        )
    if len(file.content) > LIMITS[mime_type]:
        raise GraphError(
            "(#131053) Media upload error", 131053, details="The file is larger than the limit of its type."
        )
    medium = call.sim.media.upload(number.id, mime_type, file.name, file.content, call.sim.clock.now())
    return {"id": medium.id}


async def upload_attachment(call: Call, token: Token, page: Page) -> Json:
    """Keep a file for later messages of this Page: sent along, or behind an address."""
    if token.kind != "PAGE":
        raise page_token_needed()
    need_scope(token, "pages_messaging", code=10)
    attachment = call.object("message").get("attachment") or {}
    kind = str(attachment.get("type") or "")
    if kind not in ("image", "video", "audio", "file"):
        raise bad_parameter("Param message[attachment][type] must be one of {image, video, audio, file}")
    file, now = call.files.get("filedata"), call.sim.clock.now()
    if file is not None:
        check_file(call.text("platform", MESSENGER).upper(), kind, file.mime_type, len(file.content))
        return {
            "attachment_id": call.sim.media.upload(page.id, file.mime_type, file.name, file.content, now).id
        }
    if not str((attachment.get("payload") or {}).get("url") or "").startswith(("http://", "https://")):
        raise bad_parameter("Failed to fetch the file from the url", 2018008)
    sample_kind = "document" if kind == "file" else kind
    return {"attachment_id": call.sim.media.add_sample(page.id, sample_kind, now).id}


async def show_medium(call: Call) -> Json:
    """Where the bytes of a WhatsApp file can be fetched for the next minutes."""
    medium = find_medium(call)
    return {
        "messaging_product": "whatsapp",
        "url": call.sim.media.guarded_url(medium, call.sim.clock.now()),
        "mime_type": medium.mime_type,
        "sha256": medium.sha256,
        "file_size": medium.size,
        "id": medium.id,
    }


async def delete_medium(call: Call) -> Json:
    call.sim.media.remove(find_medium(call))
    return {"success": True}


def find_medium(call: Call) -> Medium:
    """The file behind the id, as far as the token reaches its number."""
    token = call.token or authenticate(call)
    medium = call.sim.media.get(call.path[0])
    number = call.sim.world.numbers.get(medium.account_id) if medium else None
    wanted = call.text("phone_number_id")
    if medium is None or number is None or not is_alive(medium, call.sim.clock.now()):
        raise unsupported(call.method, call.path[0])
    if wanted and wanted != number.id:
        raise unsupported(call.method, call.path[0])
    if number.business_account_id not in token.accounts:
        raise unsupported(call.method, call.path[0])
    need_scope(token, "whatsapp_business_messaging", code=10)
    return medium
