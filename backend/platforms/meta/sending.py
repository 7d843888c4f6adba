"""How a composed request to Messenger or Instagram is made, whichever token it is made with."""

from __future__ import annotations

import json

from backend.lib.reading import id_of, object_of
from backend.lib.secret import Secret
from backend.platforms.errors import Incomprehensible, OutcomeUnknown
from backend.platforms.meta.graph import Graph, Params
from backend.platforms.port import GraphCall, Signal, SignalKind, UploadFile

# What a file is to Messenger and Instagram; anything else is a `file`.
FAMILIES = {"image": "image", "video": "video", "audio": "audio"}


def send_message(graph: Graph, call: GraphCall, token: Secret) -> str:
    """Deliver a message; Meta's id of it."""
    try:
        answer = graph.post(call.path, token=token, json=call.body)
    except Incomprehensible as error:
        raise OutcomeUnknown(words=error.words) from error
    external_id = id_of(object_of(answer).get("message_id"))
    if not external_id:
        raise OutcomeUnknown("Meta answered without the message's id; it may have been sent.")
    return external_id


def upload_attachment(graph: Graph, path: str, token: Secret, file: UploadFile, form: Params) -> str:
    """Hand in a file; the id by which messages name it for ninety days."""
    family = file.mime_type.partition("/")[0]
    attachment = {"type": FAMILIES.get(family, "file"), "payload": {"is_reusable": True}}
    answer = graph.upload(
        path,
        token=token,
        form={"message": json.dumps({"attachment": attachment}), **form},
        field="filedata",
        file=(file.name, file.content, file.mime_type),
    )
    external_id = id_of(object_of(answer).get("attachment_id"))
    if not external_id:
        raise Incomprehensible("Meta took the file and did not say its id.")
    return external_id


def show_signal(graph: Graph, call: GraphCall, token: Secret, signal: Signal) -> None:
    """Show a signal. A read receipt or a typing indicator that is shown twice does no harm; a reaction is told of."""
    repeatable = signal.kind is not SignalKind.REACTION
    try:
        graph.post(call.path, token=token, json=call.body, repeatable=repeatable)
    except Incomprehensible as error:
        if repeatable:
            raise
        raise OutcomeUnknown(words=error.words) from error
