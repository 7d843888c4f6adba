"""The file of a WhatsApp message, as its webhook names it."""

from __future__ import annotations

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, object_of, objects_in, text_of
from backend.platforms.port import Attachment, AttachmentType

FILES: dict[str, AttachmentType] = {
    # WhatsApp's word -> what the file is
    "image": AttachmentType.IMAGE,
    "video": AttachmentType.VIDEO,
    "audio": AttachmentType.AUDIO,
    "voice": AttachmentType.AUDIO,
    "document": AttachmentType.DOCUMENT,
    "sticker": AttachmentType.STICKER,
}
# The contact's file was too large for WhatsApp, or WhatsApp could not get it itself.
CANNOT_BE_HAD = frozenset({"131052", "131053"})


def files_of(message: JSONObject, word: str) -> tuple[Attachment, ...]:
    """The file of the message, if it has one; where WhatsApp could not get it, with its reason.

    `word` is WhatsApp's for the kind of message.
    """
    if word not in FILES and "errors" not in message:
        return ()
    content = object_of(message.get(word))
    media_id, url, failure = id_of(content.get("id")), text_of(content.get("url")), _failure_in(message)
    kind = FILES.get(word, AttachmentType.DOCUMENT if failure else None)
    if kind is None or not (media_id or url or failure):
        return ()
    return (
        Attachment(
            type=kind,
            media_id=media_id,
            url=url,
            mime_type=text_of(content.get("mime_type")),
            name=text_of(content.get("filename")),
            sha256=text_of(content.get("sha256")),
            failure=failure,
        ),
    )


def _failure_in(message: JSONObject) -> str:
    for error in objects_in(message.get("errors")):
        if id_of(error.get("code")) in CANNOT_BE_HAD:
            said = text_of(object_of(error.get("error_data")).get("details")) or text_of(error.get("title"))
            return said or "WhatsApp could not get the file."
    return ""
