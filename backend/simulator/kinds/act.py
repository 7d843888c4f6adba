"""What a customer can do on each platform, and the event that Meta makes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from backend.simulator.media import Medium
from backend.simulator.records import Customer
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

# Who acts: the customer, the business by other means than the app, or the platform itself.
CUSTOMER, BUSINESS, PLATFORM = "customer", "business", "platform"


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

    def is_set(self, name: str) -> bool:
        """Whether the switch of this name is on; a form says it in words."""
        return self.params.get(name) is True or self.said(name).lower() in ("true", "yes", "1")

    def number(self, name: str, default: float) -> float:
        """The number given under this name, else the default; raises BadAct for what is none."""
        try:
            return float(self.params.get(name, default))
        except (TypeError, ValueError) as error:
            raise BadAct(f"{self.kind}: {name} is a number") from error

    def target(self, *, inbound: bool | None = None) -> str:
        """The message meant: the one named, else the newest of that direction; raises BadAct for none."""
        if self.params.get("messageId"):
            return str(self.params["messageId"])
        fitting = [
            message
            for message in self.sim.world.thread(self.customer)
            if not message.is_signal and message.status != "failed" and inbound in (None, message.inbound)
        ]
        # What was taken back is meant only where nothing else is left.
        left = [message for message in fitting if not message.detail.get("deleted")]
        if fitting:
            return (left or fitting)[-1].id
        side = {None: "no message", True: "no message of the customer", False: "no message of the business"}[
            inbound
        ]
        raise BadAct(f"{self.kind}: the conversation has {side} yet; give messageId")

    def medium(self, kind: str) -> Medium:
        """The file for this act: the one that was put there before, else a sample."""
        if key := self.said("mediaId"):
            given = self.sim.media.get(key)
            if given is None:
                raise BadAct(f"{self.kind}: no file has the id {key}; POST /sim/media makes one")
            if given.account_id not in ("", self.customer.account_id):
                raise BadAct(f"{self.kind}: the file {key} was put there for another account")
            given.account_id = self.customer.account_id
            self.sim.media.shelf.put(given)
            return given
        name, mime_type = self.said("filename"), self.said("mimeType")
        return self.sim.media.add_sample(
            self.customer.account_id, kind, self.sim.clock.now(), name=name, mime_type=mime_type
        )

    def file(self, kind: str) -> Json:
        """A file as the conversation shows it: the address given, else that of a file of ours."""
        if self.said("url"):
            return {"url": self.said("url"), "medium": kind}
        shown = self.sim.media.shown(self.medium(kind), kind)
        return {**shown, "url": f"{shown['url']}?ext=1"} if self.is_set("expired") else shown


@dataclass(kw_only=True)
class Written:
    """The event of an act: the webhook field and item, and what the conversation shows."""

    item: Json
    text: str = ""
    target: str = ""
    detail: Json = dataclass_field(default_factory=dict)
    field: str = "messages"
    by: str = CUSTOMER
    place: str = "messages"  # WhatsApp: the list in the value that holds the item.
    with_contacts: bool = True  # WhatsApp: whether the value describes the person.


@dataclass(frozen=True)
class Kind:
    """A kind of act: what it is, which fields it takes, and how it is written."""

    write: Callable[[Act], Written]
    fields: tuple[str, ...] = ()
    opens_window: bool = True
    shown: bool = True  # Whether the conversation holds it; else the app alone hears of it.


Kinds = dict[str, Kind]


def event(write: Callable[[Act], Written], *fields: str) -> Kind:
    """A kind that only the app hears of: no message, and no new reply window."""
    return Kind(write, fields, opens_window=False, shown=False)


def change(write: Callable[[Act], Written], *fields: str) -> Kind:
    """A kind that changes a message, and opens no new reply window."""
    return Kind(write, fields, opens_window=False)
