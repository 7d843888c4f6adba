"""The files that a message is sent with: whether the platform takes them, and as what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from uuid import UUID

from backend.conversations.models import Attachment
from backend.files.models import StoredFile
from backend.files.store import open_file
from backend.lib.json_types import JSONObject
from backend.platforms.port import MEDIA_TYPES, Capabilities, MediaLimits, MessageType, PlatformInfo
from backend.sending import sound
from backend.sending.errors import Unfitting, Unsupported

LOOKED_AT = 64  # Bytes of a file's beginning.
MOVING_WEBP = 0x02  # A bit of the header of the extended format.
STILL_STICKER_BYTES = 100 * 1024


@dataclass(frozen=True, slots=True)
class Fitting:
    """A file, as what it is sent, and what is made of it before."""

    file: StoredFile
    type: MessageType
    form: str = ""  # `opus`, `aac`; empty: it goes as it is.
    voice: bool = False

    @property
    def payload(self) -> JSONObject:
        """What the message keeps of it."""
        shown = {
            "id": str(self.file.pk),
            "mimeType": self.file.mime_type,
            "name": self.file.name,
            "size": self.file.size,
        }
        kept = {name: value for name, value in shown.items() if value not in ("", None)}
        return kept | ({"voice": True} if self.voice else {}) | ({"form": self.form} if self.form else {})


def files_of(business_id: str, ids: Collection[str]) -> dict[str, StoredFile]:
    """The files behind these ids: of uploads, or of the attachments of messages."""
    wanted = {UUID(each) for each in ids}
    files = StoredFile.objects.of(business_id).stored().filter(pk__in=wanted)
    found = {str(file.pk): file for file in files}
    if len(found) < len(wanted):
        rows = Attachment.objects.of(business_id).filter(pk__in=wanted, file__isnull=False)
        found |= {str(row.pk): row.file for row in rows.select_related("file") if row.file}
    return found


def fit(
    info: PlatformInfo, files: Sequence[tuple[str, StoredFile]], *, voice: bool, sticker: bool
) -> list[Fitting]:
    """Each file as what it is sent; the first word of each is its field. Raises Unsupported, Unfitting."""
    fitting, faults = [], []
    for path, file in files:
        one = _fit(info, file, voice=voice, sticker=sticker)
        most = _most_bytes(info.capabilities, one)
        if file.size > most:
            faults.append(
                (path, f"{info.name} takes {one.type} of at most {most} bytes; it has {file.size}.")
            )
        fitting.append(one)
    if faults:
        raise Unfitting.of(faults)
    return fitting


def _fit(info: PlatformInfo, file: StoredFile, *, voice: bool, sticker: bool) -> Fitting:
    limits = info.capabilities.media
    if sticker:
        if MessageType.STICKER not in limits:
            raise Unsupported(f"{info.name} takes no stickers.", resolution="Send it as a picture.")
        kinds: Sequence[MessageType] = (MessageType.STICKER,)
    else:
        kinds = [kind for kind in MEDIA_TYPES if kind in limits and kind is not MessageType.STICKER]
    if voice and file.mime_type.startswith(("audio/", "video/webm", "video/mp4", "video/ogg")):
        return _spoken(info, file)
    if voice:
        raise Unsupported(
            f"A voice note is sound, and this is {file.mime_type}.", resolution="Send it without voice."
        )
    found = next((kind for kind in kinds if _passes(limits[kind], file)), None)
    if found is None:
        raise _not_taken(info, file, kinds)
    if found is MessageType.AUDIO and _is_other_ogg(limits[found], file):
        return Fitting(file, found, form=_form(info, file))
    return Fitting(file, found)


def _passes(limits: MediaLimits, file: StoredFile) -> bool:
    return any(fnmatchcase(file.mime_type, pattern) for pattern in limits.mime_types)


def _spoken(info: PlatformInfo, file: StoredFile) -> Fitting:
    """A voice note, made into what the platform plays as one."""
    limits = info.capabilities.media[MessageType.AUDIO]
    form = limits.voice_form
    if form == sound.OPUS and sound.is_opus_mono(head_of(file)):
        return Fitting(file, MessageType.AUDIO, voice=True)
    if not form or (form != sound.OPUS and _passes(limits, file)):
        return Fitting(file, MessageType.AUDIO, voice=True)
    return Fitting(file, MessageType.AUDIO, form=_form(info, file), voice=True)


def _is_other_ogg(limits: MediaLimits, file: StoredFile) -> bool:
    """Whether it is Ogg of another kind than the platform plays: that it would accept, and let fail later."""
    plays, _ = sound.FORMS.get(limits.voice_form, ("", ()))
    return file.mime_type == plays == "audio/ogg" and not sound.is_opus_mono(head_of(file))


def _form(info: PlatformInfo, file: StoredFile) -> str:
    """What the sound is made into. Raises Unsupported on a machine that cannot."""
    if not sound.is_available():
        raise Unsupported(
            f"{info.name} does not play this {file.mime_type}, and this server cannot convert it.",
            resolution="Ask the operator to install ffmpeg, or record it as Ogg with Opus in one channel.",
        )
    return info.capabilities.media[MessageType.AUDIO].voice_form


def _not_taken(info: PlatformInfo, file: StoredFile, kinds: Sequence[MessageType]) -> Unsupported:
    offers = sorted({kind for one in kinds for kind in info.capabilities.media[one].mime_types})
    alike = [kind for kind in offers if kind.partition("/")[0] == file.mime_type.partition("/")[0]]
    hint = " Or send it with sticker." if _is_sticker_elsewhere(info, file) else _spoken_hint(info, file)
    return Unsupported(
        f"{info.name} does not take {file.mime_type}.",
        resolution=f"Send one of these instead: {', '.join(alike or offers)}.{hint}",
    )


def _spoken_hint(info: PlatformInfo, file: StoredFile) -> str:
    """Sound that does not pass as a file may as a voice note, which is made into what does."""
    is_made = file.mime_type.startswith("audio/") and info.capabilities.media[MessageType.AUDIO].voice_form
    return " Or send it with voice." if is_made and sound.is_available() else ""


def _is_sticker_elsewhere(info: PlatformInfo, file: StoredFile) -> bool:
    limits = info.capabilities.media.get(MessageType.STICKER)
    return limits is not None and _passes(limits, file)


def _most_bytes(capabilities: Capabilities, one: Fitting) -> int:
    limits = capabilities.media[one.type]
    if one.type is MessageType.STICKER and not _moves(head_of(one.file)):
        return min(limits.max_bytes, STILL_STICKER_BYTES)
    return limits.max_bytes


def _moves(head: bytes) -> bool:
    """Whether a WebP is animated."""
    return head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & MOVING_WEBP)


def head_of(file: StoredFile) -> bytes:
    """The beginning of the file; empty where its bytes are gone."""
    try:
        with open_file(file) as content:
            return content.read(LOOKED_AT)
    except FileNotFoundError:
        return b""


# --- the files that a template's values name ---


def template_files(content: JSONObject, path: str = "template") -> Iterator[tuple[str, JSONObject]]:
    """Each value of a template that names a file, with its path."""
    for place, one in enumerate(content.get("components", ())):
        here = f"{path}.components.{place}"
        for index, value in enumerate(one.get("parameters", ())):
            if value.get("mediaId"):
                yield f"{here}.parameters.{index}.mediaId", value
        for index, card in enumerate(one.get("cards", ())):
            yield from template_files(card, f"{here}.cards.{index}")


def media_in(payload: JSONObject) -> dict[str, str]:
    """The files that a message names, by our ids, and what is made of each before."""
    own = payload.get("media")
    named = {str(own["id"]): str(own.get("form", ""))} if isinstance(own, dict) and own.get("id") else {}
    template = payload.get("template")
    values = template_files(template) if isinstance(template, dict) else ()
    return named | {str(value["mediaId"]): "" for _, value in values}
