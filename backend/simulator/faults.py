from dataclasses import dataclass, field
from typing import Any

from backend.simulator.store import Shelf, Store

WEBHOOK_FAULTS = ("duplicate", "reorder", "batch", "delayMs")
GRAPH_FAULTS = ("rateLimit", "outage", "loseAnswer", "expireTokens")


class BadFaults(ValueError):
    """The faults asked for do not exist or make no sense."""


@dataclass(kw_only=True)
class Script:
    """What shall go wrong: a number counts the next times, true lasts until it is cleared."""

    id: str = "script"
    webhooks: dict[str, int | bool] = field(default_factory=dict)
    graph: dict[str, int | bool] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.id


class Faults:
    """The faults in force; they survive a restart."""

    def __init__(self, store: Store) -> None:
        self.shelf = Shelf(store, Script)
        self.script = self.shelf.get("script") or Script()

    def replace(self, wanted: dict[str, Any]) -> None:
        """Take these faults instead of all former ones; raises BadFaults."""
        graph = wanted.get("graph", {})
        webhooks = {name: value for name, value in wanted.items() if name != "graph"}
        if not isinstance(graph, dict):
            raise BadFaults("graph is an object")
        self.script = Script(webhooks=checked(webhooks, WEBHOOK_FAULTS), graph=checked(graph, GRAPH_FAULTS))
        self.shelf.put(self.script)

    def clear(self) -> None:
        self.replace({})

    def described(self) -> dict[str, Any]:
        return {**self.script.webhooks, **({"graph": self.script.graph} if self.script.graph else {})}

    def takes(self, name: str) -> bool:
        """Whether the fault strikes now; a counted one is used up by this."""
        script = self.script
        faults = script.graph if name in GRAPH_FAULTS else script.webhooks
        left = faults.get(name, 0)
        if left is True or not left:
            return bool(left)
        faults[name] = left - 1
        self.shelf.put(script)
        return True

    @property
    def reorders(self) -> bool:
        return bool(self.script.webhooks.get("reorder"))

    @property
    def batch_size(self) -> int:
        """How many events of an account share one POST; 1 where nothing is batched."""
        size = self.script.webhooks.get("batch", 1)
        return 10 if size is True else max(int(size), 1)

    @property
    def delay(self) -> float:
        """Seconds to wait before an event goes out."""
        return int(self.script.webhooks.get("delayMs", 0)) / 1000


def checked(faults: dict[str, Any], known: tuple[str, ...]) -> dict[str, int | bool]:
    """The faults with their values checked; false and 0 mean absent."""
    for name, value in faults.items():
        if name not in known:
            raise BadFaults(
                f"unknown fault {name!r}; there are {', '.join((*WEBHOOK_FAULTS, 'graph'))}"
                f" and in graph {', '.join(GRAPH_FAULTS)}"
            )
        if not isinstance(value, int) or value < 0:
            raise BadFaults(f"{name} is true, false or a number that is not negative")
    return {name: value for name, value in faults.items() if value}
