"""How much of its allowance the app has used, as the headers of every answer say it."""

import json
from collections import defaultdict, deque

from backend.simulator.clock import Clock

WINDOW = 3_600
ALLOWED = 4_800  # Calls in an hour for one app and account; enough for tests, and it can be used up.


class Usage:
    """Calls of the last hour, for the app and for each account; forgotten when the process ends."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.calls: dict[str, deque[float]] = defaultdict(deque)

    def count(self, key: str) -> int:
        """One more call under this key; the share of the allowance that is used, in percent."""
        now, calls = self.clock.now(), self.calls[key]
        calls.append(now)
        while calls and not 0 <= now - calls[0] < WINDOW:
            calls.popleft()
        return min(100, len(calls) * 100 // ALLOWED)

    def headers(self, account_id: str, families: tuple[str, ...]) -> dict[str, str]:
        """The usage headers for a call about this account, or about none."""
        app = {"call_count": self.count("app"), "total_cputime": 0, "total_time": 0}
        shown = {"X-App-Usage": json.dumps(app)}
        if account_id:
            part = {"call_count": self.count(account_id), "total_cputime": 1, "total_time": 1}
            rows = [{"type": name, **part, "estimated_time_to_regain_access": 0} for name in families]
            shown["X-Business-Use-Case-Usage"] = json.dumps({account_id: rows})
        return shown
