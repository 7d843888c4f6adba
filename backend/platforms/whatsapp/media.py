"""A link to a file of WhatsApp: it lives for five minutes and wants the token."""

from __future__ import annotations

from backend.lib.reading import number_of, object_of, text_of
from backend.lib.secret import Secret
from backend.platforms.errors import Incomprehensible, Refused
from backend.platforms.meta.graph import Graph, node
from backend.platforms.port import FileLink, WantedFile


def link_by_id(graph: Graph, token: Secret, account_id: str, wanted: WantedFile) -> FileLink:
    """Where the file is for the next minutes. Raises Refused where WhatsApp does not keep it any more."""
    if not wanted.media_id:
        raise Refused("WhatsApp did not say by which id this file can be fetched again.")
    params = {"phone_number_id": account_id}
    answer = object_of(graph.get(node(wanted.media_id), token=token, params=params))
    url = text_of(answer.get("url"))
    if not url:
        raise Incomprehensible("WhatsApp did not say where the file is.")
    return FileLink(
        url=url,
        wants_token=True,
        sha256=text_of(answer.get("sha256")),
        size=number_of(answer.get("file_size")),
    )
