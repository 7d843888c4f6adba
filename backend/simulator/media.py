import base64
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.simulator import ids
from backend.simulator.samples import SAMPLES, sample
from backend.simulator.store import Shelf, Store

URL_LIVES_FOR = 300  # Seconds that a WhatsApp media address works.


@dataclass(kw_only=True)
class Medium:
    """A file that went through the platform; without bytes of its own it is the sample of its kind."""

    id: str
    account_id: str
    kind: str
    mime_type: str
    name: str
    sha256: str
    size: int
    at: float
    uploaded: bool = False
    elsewhere: str = ""  # Where a lying platform says that the file is.

    @property
    def key(self) -> str:
        return self.id

    @property
    def sha256_base64(self) -> str:
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


class MediaShelf:
    """Files by id; uploaded bytes lie beside the database."""

    def __init__(self, store: Store, directory: Path, own_url: str, secret: str) -> None:
        self.shelf = Shelf(store, Medium)
        self.directory = directory
        self.own_url = own_url
        self.secret = secret

    def get(self, media_id: str) -> Medium | None:
        return self.shelf.get(media_id)

    def add_sample(
        self, account_id: str, kind: str, at: float, *, mime_type: str = "", name: str = ""
    ) -> Medium:
        """A file as a customer sends it."""
        made_mime, made_name, _ = SAMPLES[kind]
        content = sample(kind)
        return self.add(account_id, kind, mime_type or made_mime, name or made_name, content, at)

    def upload(self, account_id: str, mime_type: str, name: str, content: bytes, at: float) -> Medium:
        """A file that the business handed over; its bytes are on disk when this returns."""
        medium = self.add(account_id, kind_of(mime_type), mime_type, name, content, at)
        medium.uploaded = True
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / medium.id).write_bytes(content)
        self.shelf.put(medium)
        return medium

    def add(self, account_id: str, kind: str, mime_type: str, name: str, content: bytes, at: float) -> Medium:
        medium = Medium(
            id=ids.media_id(),
            account_id=account_id,
            kind=kind,
            mime_type=mime_type,
            name=name,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            at=at,
        )
        self.shelf.put(medium)
        return medium

    def remove(self, medium: Medium) -> None:
        self.shelf.discard(medium)
        (self.directory / medium.id).unlink(missing_ok=True)

    def content(self, medium: Medium) -> bytes:
        return (self.directory / medium.id).read_bytes() if medium.uploaded else sample(medium.kind)

    def open_url(self, medium: Medium) -> str:
        """An address that anybody can read, as Messenger and Instagram hand out."""
        return f"{self.own_url}/sim/media/{medium.id}"

    def shown(self, medium: Medium, kind: str) -> dict[str, Any]:
        """What a conversation shows of the file."""
        about = {"name": medium.name, "mimeType": medium.mime_type, "size": medium.size}
        return {"url": self.open_url(medium), "medium": kind, **about}

    def guarded_url(self, medium: Medium, now: float) -> str:
        """An address that wants a token and dies soon, as WhatsApp hands out."""
        if medium.elsewhere:
            return medium.elsewhere
        expires = int(now) + URL_LIVES_FOR
        mark = self.mark(medium.id, expires)
        return f"{self.own_url}/whatsapp_business/attachments/?mid={medium.id}&ext={expires}&hash={mark}"

    def mark(self, media_id: str, expires: int) -> str:
        return hmac.new(self.secret.encode(), f"{media_id}.{expires}".encode(), hashlib.sha256).hexdigest()[
            :32
        ]

    def behind(self, media_id: str, expires: str, mark: str, now: float) -> Medium | None:
        """The file of a guarded address while the address lives."""
        if not expires.isdigit() or int(expires) < now:
            return None
        return self.get(media_id) if hmac.compare_digest(self.mark(media_id, int(expires)), mark) else None


def kind_of(mime_type: str) -> str:
    family = mime_type.split("/", maxsplit=1)[0]
    return "sticker" if mime_type == "image/webp" else family if family in SAMPLES else "document"
