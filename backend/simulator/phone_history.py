"""What a phone hands over of its history: in phases by age, each in parts, and the newest files after them."""

from typing import Any

from backend.simulator.emit import emit_number
from backend.simulator.records import Customer, Message, PhoneNumber
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

DAY = 86_400_000
# Phase -> how old its messages are, in days: from, and less than.
PHASES = ((0, 0, 1), (1, 1, 90), (2, 90, 180))
FILES_UNTIL = 14  # Days; older files stay on the phone.
PART = 1_000  # Messages of one webhook.
STATUSES = {"": "SENT", "accepted": "PENDING", "failed": "ERROR"}
PLACEHOLDER = "media_placeholder"

Said = tuple[Customer, Message]


def send_parts(sim: Simulation, number: PhoneNumber) -> None:
    """All that was said, the newest first; the last part says that this was all."""
    parts = [
        (phase, order, some)
        for phase, youngest, oldest in PHASES
        for order, some in enumerate(parts_of(said_between(sim, number, youngest, oldest)), 1)
    ] or [(0, 1, [])]
    for done, (phase, order, some) in enumerate(parts, 1):
        progress = 100 * done // len(parts)
        metadata = {"phase": phase, "chunk_order": order, "progress": progress}
        part = {"metadata": metadata, "threads": threads_of(number, some)}
        emit_number(sim, number, "history", {"history": [part]})
    for customer, message in said_between(sim, number, 0, FILES_UNTIL):
        if content := file_of(sim, message):
            item = {**ends_of(number, customer, message), **about(message), **content}
            emit_number(sim, number, "history", {"messages": [item]})


def said_between(sim: Simulation, number: PhoneNumber, youngest: int, oldest: int) -> list[Said]:
    present = sim.clock.now_ms()
    found = [
        (customer, message)
        for customer in sim.world.customers_of[number.id]
        for message in sim.world.thread(customer)
        if not message.is_signal and youngest * DAY <= present - message.at < oldest * DAY
    ]
    return sorted(found, key=lambda pair: -pair[1].at)


def parts_of(said: list[Said]) -> list[list[Said]]:
    return [said[start : start + PART] for start in range(0, len(said), PART)]


def threads_of(number: PhoneNumber, said: list[Said]) -> list[Json]:
    threads: dict[str, Json] = {}
    for customer, message in said:
        thread = threads.setdefault(customer.id, {"id": customer.id, "messages": []})
        thread["messages"].append(row_of(number, customer, message))
    return list(threads.values())


def row_of(number: PhoneNumber, customer: Customer, message: Message) -> Json:
    status = "READ" if message.inbound else STATUSES.get(message.status, message.status.upper())
    content: Json = {"type": PLACEHOLDER}
    if message.kind in ("text", "referral"):
        content = {"type": "text", "text": {"body": message.text}}
    context = {"history_context": {"status": status}}
    return {**ends_of(number, customer, message), **about(message), **content, **context}


def ends_of(number: PhoneNumber, customer: Customer, message: Message) -> Json:
    return {"from": customer.id} if message.inbound else {"from": number.digits, "to": customer.id}


def about(message: Message) -> Json:
    return {"id": message.id, "timestamp": str(message.at // 1000)}


def file_of(sim: Simulation, message: Message) -> Json | None:
    """The file behind a placeholder, with its checksum in hex."""
    kind = str(message.detail.get("medium") or "")
    medium = sim.media.get(str(message.detail.get("url") or "").rpartition("/")[2])
    if medium is None or kind not in ("image", "video", "audio", "document"):
        return None
    content = {"mime_type": medium.mime_type, "sha256": medium.sha256, "id": medium.id}
    if message.text:
        content["caption"] = message.text
    return {"type": kind, kind: content}
