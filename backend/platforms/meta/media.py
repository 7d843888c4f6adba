"""A fresh link to a file that Messenger or Instagram told of: the message is read once more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import object_of, objects_in, text_of
from backend.lib.secret import Secret
from backend.platforms.errors import Refused
from backend.platforms.meta.graph import Graph
from backend.platforms.port import AttachmentType, FileLink, WantedFile

FIELDS = "id,attachments,story,shares,sticker"
MESSAGE_ID = re.compile(r"[A-Za-z0-9_=+$:.\-]{1,512}")
NOT_THERE = "Meta does not show this file any more."


def link_in_message(graph: Graph, token: Secret, wanted: WantedFile) -> FileLink:
    """Where the file is now. Raises Refused where the message does not hold it any more."""
    if not MESSAGE_ID.fullmatch(wanted.message_id):
        raise Refused(NOT_THERE)
    message = object_of(graph.get(wanted.message_id, token=token, params={"fields": FIELDS}))
    links = list(LINKS.get(wanted.type, _attached)(message))
    # A sticker and a story stand alone; of several files the place among them counts.
    if not links or (wanted.position >= len(links) and len(links) > 1):
        raise Refused(NOT_THERE)
    return FileLink(url=links[min(wanted.position, len(links) - 1)])


def _attached(message: JSONObject) -> Iterator[str]:
    for each in objects_in(object_of(message.get("attachments")).get("data")):
        shown = (object_of(each.get(name)).get("url") for name in ("image_data", "video_data"))
        url = next(filter(None, map(text_of, (*shown, each.get("file_url")))), "")
        if url:
            yield url


def _story(message: JSONObject) -> Iterator[str]:
    story = object_of(message.get("story"))
    yield from _links((story.get("mention"), story.get("reply_to")))
    yield from _attached(message)


def _shared(message: JSONObject) -> Iterator[str]:
    yield from _attached(message)
    yield from _links(objects_in(object_of(message.get("shares")).get("data")))


def _sticker(message: JSONObject) -> Iterator[str]:
    yield from filter(None, [text_of(message.get("sticker"))])
    yield from _attached(message)


def _links(objects: tuple[JSON, ...] | list[JSONObject]) -> Iterator[str]:
    yield from filter(None, (text_of(object_of(each).get("link")) for each in objects))


LINKS = {AttachmentType.STORY: _story, AttachmentType.SHARE: _shared, AttachmentType.STICKER: _sticker}
