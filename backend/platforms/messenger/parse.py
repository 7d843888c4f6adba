from __future__ import annotations

from backend.lib.json_types import JSON
from backend.platforms.meta.contents import ATTACHMENTS, Dialect
from backend.platforms.meta.envelope import read_event
from backend.platforms.meta.messaging import readers_in
from backend.platforms.port import AnyNotice, MessageType

# Messenger's word -> ours.
MESSENGER_ATTACHMENTS = ATTACHMENTS | {
    "location": MessageType.LOCATION,
    "appointment_booking": MessageType.FORM,
}
DIALECT = Dialect(platform="Messenger", attachments=MESSENGER_ATTACHMENTS)
READERS = readers_in(DIALECT)


def parse(payload: JSON) -> list[AnyNotice]:
    """Every fact in one webhook event, in Meta's order."""
    return read_event(payload, READERS)
