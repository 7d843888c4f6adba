from __future__ import annotations

from backend.platforms.meta.catalogue import ATTACHMENTS, ITEMS, Row, as_of

BEGAN = "~2016"

ROWS: list[Row] = [
    *as_of(BEGAN, ATTACHMENTS),
    Row(place="attachments[]", words=("location",), becomes="MessageReceived LOCATION", note="former"),
    Row(
        place="attachments[]",
        words=("appointment_booking",),
        becomes="MessageReceived FORM",
        note="its status in our words is the text",
    ),
    *as_of(BEGAN, ITEMS),
    Row(
        place="messaging[]",
        words=("delivery",),
        becomes="DeliveryChanged DELIVERED",
        since=BEGAN,
        note="one for each of `mids`, and one up to the watermark",
    ),
    Row(
        place="messaging[]",
        words=("read",),
        becomes="DeliveryChanged READ",
        since="~2016",
        note="up to the watermark",
    ),
]
