from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backend.simulator.media import Medium
from backend.simulator.records import Customer
from backend.simulator.simulation import Simulation

Json = dict[str, Any]


class BadAct(ValueError):
    """What the customer is asked to do cannot be done; the text says why."""


@dataclass(kw_only=True)
class Act:
    """One thing that a customer does, with what was said about it."""

    sim: Simulation
    customer: Customer
    kind: str
    params: Json
    id: str
    at: int

    def said(self, name: str, default: str = "") -> str:
        """The text given under this name, else the default."""
        value = self.params.get(name)
        return default if value is None else str(value)

    def target(self, *, inbound: bool | None = None) -> str:
        """The message meant: the one named, else the newest of that direction; raises BadAct for none."""
        if self.params.get("messageId"):
            return str(self.params["messageId"])
        for message in reversed(self.sim.world.thread(self.customer)):
            if not message.is_signal and message.status != "failed" and inbound in (None, message.inbound):
                return message.id
        side = {None: "no message", True: "no message of the customer", False: "no message of the business"}[
            inbound
        ]
        raise BadAct(f"{self.kind}: the conversation has {side} yet; give messageId")

    def medium(self, kind: str) -> Medium:
        """A file for this act."""
        name, mime_type = self.said("filename"), self.said("mimeType")
        return self.sim.media.add_sample(
            self.customer.account_id, kind, self.sim.clock.now(), name=name, mime_type=mime_type
        )

    def url(self, kind: str) -> str:
        """The address given, else that of a sample file."""
        return self.said("url") or self.sim.media.open_url(self.medium(kind))


@dataclass(kw_only=True)
class Written:
    """The event of an act: the webhook field and item, and what the conversation shows."""

    item: Json
    text: str = ""
    target: str = ""
    detail: Json = field(default_factory=dict)
    field: str = "messages"


@dataclass(frozen=True)
class Kind:
    """A kind of act: what it is, which fields it takes, and how it is written."""

    write: Callable[[Act], Written]
    fields: tuple[str, ...] = ()
    opens_window: bool = True


Kinds = dict[str, Kind]
