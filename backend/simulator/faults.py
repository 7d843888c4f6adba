from dataclasses import dataclass, field
from typing import Any

from backend.simulator.store import Shelf, Store

WEBHOOK_FAULTS = ("duplicate", "reorder", "batch", "delayMs")
GRAPH_FAULTS = ("rateLimit", "outage", "loseAnswer", "expireTokens")
ERROR = "error"  # In `graph`: any error of Meta's tables, for the calls it names.
# What an error is made of: word -> kind of value, and what holds without it.
ERROR_WORDS: dict[str, tuple[type, Any]] = {
    "code": (int, None),
    "subcode": (int, None),
    "message": (str, "Scripted by the simulator"),
    "status": (int, 400),
    "transient": (bool, False),
    "on": (str, ""),  # "POST messages": the method, the last word of the path, or both.
    "times": (int, 1),
}


class BadFaults(ValueError):
    """The faults asked for do not exist or make no sense."""


@dataclass(kw_only=True)
class Script:
    """What shall go wrong: a number counts the next times, true lasts until it is cleared."""

    id: str = "script"
    webhooks: dict[str, int | bool] = field(default_factory=dict)
    graph: dict[str, int | bool] = field(default_factory=dict)
    error: dict[str, Any] = field(default_factory=dict)

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
        if not isinstance(graph, dict):
            raise BadFaults("graph is an object")
        error = checked_error(graph.get(ERROR))
        graph = {name: value for name, value in graph.items() if name != ERROR}
        webhooks = {name: value for name, value in wanted.items() if name != "graph"}
        self.script = Script(
            webhooks=checked(webhooks, WEBHOOK_FAULTS), graph=checked(graph, GRAPH_FAULTS), error=error
        )
        self.shelf.put(self.script)

    def clear(self) -> None:
        self.replace({})

    def described(self) -> dict[str, Any]:
        script = self.script
        graph = {**script.graph, **({ERROR: script.error} if script.error else {})}
        return {**script.webhooks, **({"graph": graph} if graph else {})}

    def error_for(self, method: str, path: list[str]) -> dict[str, Any] | None:
        """The scripted error, where it strikes this call; it is used up by that."""
        error = self.script.error
        named = str(error.get("on", "")).split()
        if not error or not set(named) <= {method, path[-1] if path else ""}:
            return None
        left = error["times"] - 1
        self.script.error = {**error, "times": left} if left else {}
        self.shelf.put(self.script)
        return error

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


def checked_error(error: Any) -> dict[str, Any]:
    """A scripted error with what was left out filled in; empty where none is wanted."""
    if not error:
        return {}
    if not isinstance(error, dict) or "code" not in error or set(error) - set(ERROR_WORDS):
        raise BadFaults(f"error is an object with code, and any of {', '.join(ERROR_WORDS)}")
    for word, value in error.items():
        if not isinstance(value, ERROR_WORDS[word][0]):
            raise BadFaults(f"error.{word} is a {ERROR_WORDS[word][0].__name__}")
    full = {word: error.get(word, default) for word, (_, default) in ERROR_WORDS.items()}
    if full["times"] < 1 or not 400 <= full["status"] < 600:
        raise BadFaults("error.times is at least 1, error.status from 400 to 599")
    return full
