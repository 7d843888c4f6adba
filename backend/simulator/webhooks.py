"""An event on its way to the app: kept on disk, then signed and posted until it is answered with 200."""

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict, deque
from secrets import token_hex
from typing import Any

from backend.simulator.batches import merged
from backend.simulator.clock import Clock
from backend.simulator.faults import Faults
from backend.simulator.records import Delivery
from backend.simulator.sender import Answered, Sender, try_post
from backend.simulator.store import Shelf, Store

PAUSES = (0.5, 1, 2, 5, 10, 30)  # Seconds between attempts; the last one repeats.
GIVE_UP_AFTER = 7 * 86_400
PARALLEL = 16
GATHER_FOR = 0.3  # How long events wait for others to be batched or reordered with.
KEPT = 20_000  # Finished deliveries that can still be looked at.


def wire_bytes(body: Any) -> bytes:
    """The body as Meta writes it: ASCII with escaped slashes, which no other serialisation repeats."""
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def signed_headers(secret: str, body: bytes) -> dict[str, str]:
    """The headers of a webhook with both signatures over exactly these bytes."""
    key = secret.encode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
    }


Secrets = dict[str, str]  # Signer -> secret.


class Postman:
    """Delivers in order per account and customer, and lets nobody wait for anybody else."""

    def __init__(self, store: Store, clock: Clock, faults: Faults, sender: Sender, secrets: Secrets) -> None:
        self.store = store
        self.clock = clock
        self.faults = faults
        self.sender = sender
        self.secrets = secrets
        self.deliveries = Shelf(store, Delivery)
        self.pending = {delivery.id for delivery in self.deliveries if delivery.state == "pending"}
        self.loop: asyncio.AbstractEventLoop | None = None
        self.stop()

    # Starting and stopping

    def wake(self) -> None:
        """Go on with what is pending, on the loop that runs now."""
        loop = asyncio.get_running_loop()
        if loop is self.loop:
            return
        self.stop()
        self.loop = loop
        self.slots = asyncio.Semaphore(PARALLEL)
        for delivery in list(self.deliveries):
            if delivery.state == "pending":
                self.queue(delivery, delivery.lane)

    def stop(self) -> None:
        """Deliver nothing more on this loop; what is pending stays on disk."""
        for task in getattr(self, "tasks", ()):
            if self.loop is not None and not self.loop.is_closed():
                task.cancel()
        self.loop = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.lanes: dict[str, deque[Delivery]] = {}
        self.gathering: dict[str, list[Delivery]] = defaultdict(list)

    def forget(self) -> None:
        """Drop every delivery, pending and past."""
        self.stop()
        self.deliveries.clear()
        self.pending.clear()

    async def settled(self) -> None:
        """Return when nothing waits to be gathered or delivered on this loop."""
        while self.tasks or self.gathering:
            await (asyncio.wait(self.tasks) if self.tasks else asyncio.sleep(GATHER_FOR / 10))

    # Taking events

    def take(self, event: Delivery) -> None:
        """Keep the event for delivery; the caller commits before it answers."""
        self.deliveries.put(event)
        self.pending.add(event.id)
        self.trim()
        if self.faults.batch_size > 1 or self.faults.reorders:
            self.gather(event)
        else:
            self.queue(event, event.lane)

    def new_event(
        self, object_name: str, url: str, account_id: str, customer_id: str, entry: dict[str, Any]
    ) -> Delivery:
        return Delivery(
            id=token_hex(10),
            url=url,
            object=object_name,
            account_id=account_id,
            lane=f"{account_id}/{customer_id}",
            entries=[entry],
            at=self.clock.now(),
        )

    def trim(self) -> None:
        while len(self.deliveries) > KEPT:
            oldest = next(iter(self.deliveries))
            if oldest.state == "pending":
                break
            self.deliveries.discard(oldest)

    def gather(self, event: Delivery) -> None:
        waiting = self.gathering[event.account_id]
        waiting.append(event)
        if not self.faults.reorders and len(waiting) >= self.faults.batch_size:
            self.release(event.account_id)
        elif len(waiting) == 1:
            asyncio.get_running_loop().call_later(GATHER_FOR, self.release, event.account_id)

    def release(self, account_id: str) -> None:
        """Send what was gathered for the account, backwards or several in one POST as the faults say."""
        waiting = self.gathering.pop(account_id, [])
        if self.faults.reorders:
            waiting.reverse()
        size = self.faults.batch_size
        for start in range(0, len(waiting), size):
            first, *others = waiting[start : start + size]
            self.absorb(first, others)
            self.queue(first, account_id)
        self.store.commit()

    def absorb(self, first: Delivery, others: list[Delivery]) -> None:
        if not others:
            return
        first.entries = merged([entry for event in (first, *others) for entry in event.entries])
        self.deliveries.put(first)
        for other in others:
            self.deliveries.discard(other)
            self.pending.discard(other.id)

    # Delivering

    def queue(self, event: Delivery, lane: str) -> None:
        if lane in self.lanes:
            self.lanes[lane].append(event)
            return
        self.lanes[lane] = deque([event])
        task = asyncio.get_running_loop().create_task(self.drain(lane))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def drain(self, lane: str) -> None:
        queue = self.lanes[lane]
        while queue:
            await self.deliver(queue[0])
            queue.popleft()
        self.lanes.pop(lane, None)

    async def deliver(self, event: Delivery) -> None:
        await asyncio.sleep(self.faults.delay)
        while event.state == "pending":
            await self.attempt(event)
            self.note(event)
            if event.state == "pending":
                await asyncio.sleep(PAUSES[min(event.attempts, len(PAUSES)) - 1])
        if event.state == "delivered" and self.faults.takes("duplicate"):
            await self.repeat(event)

    async def attempt(self, event: Delivery) -> None:
        event.attempts += 1
        answer = await self.post(event)
        event.status, event.error = int(answer), "" if answer else answer.text

    async def post(self, event: Delivery) -> Answered:
        body = body_of(event)
        async with self.slots:
            return await try_post(
                self.sender, event.url, headers=signed_headers(self.secrets[event.signer], body), body=body
            )

    def note(self, event: Delivery) -> None:
        """Write down what became of the attempt."""
        if event.status == 200:
            event.state = "delivered"
        elif self.clock.now() - event.at > GIVE_UP_AFTER and event.attempts > 100:
            event.state = "dropped"
        if event.state != "pending":
            event.finished_at = self.clock.now()
            self.pending.discard(event.id)
        self.deliveries.put(event)
        self.store.commit()

    async def repeat(self, event: Delivery) -> None:
        """Deliver the same once more; nobody minds what becomes of it."""
        event.duplicates += 1
        self.deliveries.put(event)
        self.store.commit()
        await self.post(event)


def body_of(event: Delivery) -> bytes:
    """The bytes of the event's POST."""
    if event.raw:
        return event.raw.encode("utf-8")
    return wire_bytes({"object": event.object, "entry": event.entries})
