"""
The distributed engine: a Celery task is a doorbell that any worker machine may answer.

A task names a lane and carries nothing else. The rows are the truth: a wake-up that is lost with its broker or its
worker is made up for by the next sweep of beat.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import structlog
from celery import Celery, signals
from celery.beat import ScheduleEntry, Scheduler
from kombu import Connection, Exchange, Queue

from backend.engine.lanes import Lane, ring
from backend.engine.pulse import beat
from backend.engine.shared import SharedLane

logger = structlog.get_logger(__name__)

TASK = "drain"
ANSWER_WITHIN = 2.0  # Seconds for the broker to take a wake-up.

# For the sockets of either broker; a dead one is noticed by whoever rings, not by whoever waits for a reply.
REDIS_SOCKETS = {"socket_connect_timeout": ANSWER_WITHIN, "socket_timeout": 15.0, "socket_keepalive": True}
RABBIT_SOCKETS = {"confirm_publish": True, "read_timeout": 15.0, "write_timeout": 15.0}

# RabbitMQ keeps at most one wake-up of a lane by itself; on Redis whoever rings looks first.
ONE_WAITS = {"x-max-length": 1, "x-overflow": "drop-head"}


def queue_of(lane: str) -> str:
    """The broker's name of a lane."""
    return f"gateway.{lane}"


def make_app(broker_url: str, lanes: Sequence[Lane]) -> Celery:
    """A Celery application whose only task drains one of these lanes."""
    app = Celery("gateway", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_queues=[_queue(lane.name) for lane in lanes],
        task_default_queue=queue_of(lanes[0].name),
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        enable_utc=True,
        broker_connection_timeout=ANSWER_WITHIN,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # A broker that is away for a day is waited for.
        broker_transport_options=_sockets(broker_url),
        worker_prefetch_multiplier=1,  # A wake-up that one worker cannot answer now is for another one.
        worker_hijack_root_logger=False,  # Our log lines stay ours, with the secrets cut out.
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        beat_schedule={f"sweep-{lane.name}": _sweep(lane) for lane in lanes},
    )
    Drains(lanes).register(app)
    return app


def _sockets(broker_url: str) -> dict[str, Any]:
    return REDIS_SOCKETS if broker_url.startswith("redis") else RABBIT_SOCKETS


def _queue(lane: str) -> Queue:
    name = queue_of(lane)
    return Queue(name, Exchange(name, type="direct"), routing_key=name, queue_arguments=ONE_WAITS)


def _sweep(lane: Lane) -> dict[str, Any]:
    return {
        "task": TASK,
        "args": (lane.name,),
        "schedule": lane.look_every,
        "options": {"queue": queue_of(lane.name)},
    }


class Drains:
    """The lanes as this process works on them: each by one task at a time."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.stopping = threading.Event()
        self.shared = {lane.name: SharedLane(lane, self.stopping) for lane in lanes}

    def register(self, app: Celery) -> None:
        """Make them the application's task, and let them end when its worker is told to."""

        def drain(lane: str) -> None:
            self.drain(lane)

        app.task(drain, name=TASK, ignore_result=True, shared=False)
        signals.worker_shutting_down.connect(self._stop, weak=False)

    def drain(self, lane: str) -> None:
        """What the task does."""
        shared = self.shared.get(lane)
        if shared is None:
            logger.warning("lane.unknown", lane=lane)  # Rung by another release.
        elif shared.drain():
            ring(lane)

    def _stop(self, **_: Any) -> None:
        self.stopping.set()


class CeleryBell:
    """Sends one tiny task, unless one waits for that lane already. Raises what the broker's client raised."""

    def __init__(self, app: Celery) -> None:
        self.app = app
        self.broker: Connection | None = None

    def __call__(self, lane: str) -> None:
        try:
            if self.broker is None:
                self.broker = self.app.connection_for_write()
                self.broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
            if not is_awaited(self.broker, lane):
                self._send(self.broker, lane)
        except Exception:
            broker, self.broker = self.broker, None
            if broker is not None:
                broker.collect()
            raise

    def _send(self, broker: Connection, lane: str) -> None:
        with broker.channel() as channel:
            producer = self.app.amqp.Producer(channel, auto_declare=False)
            self.app.send_task(TASK, (lane,), queue=queue_of(lane), producer=producer, retry=False)


def is_awaited(broker: Connection, lane: str) -> bool:
    """Whether a wake-up of this lane waits for a worker already."""
    with broker.channel() as channel:
        declared = channel.queue_declare(
            queue=queue_of(lane), durable=True, auto_delete=False, arguments=ONE_WAITS
        )
        return bool(declared.message_count)


class Sweeper(Scheduler):  # type: ignore[misc]  # The library has no types.
    """Beat that keeps nothing on disk, and rings no lane that was rung and not answered yet."""

    pulse: ClassVar[Path | None] = None  # A file to touch whenever the broker was reached.

    def apply_async(self, entry: ScheduleEntry, *args: Any, **kwargs: Any) -> Any:
        """The task that was sent; None where one waits, or the broker is away: the next round is soon."""
        try:
            awaited = is_awaited(self.connection, entry.args[0])
            sent = None if awaited else super().apply_async(entry, *args, **kwargs)
        except Exception as error:  # Whatever the broker's client raises.
            logger.warning("bell.failed", bell=type(self).__name__, reason=str(error))
            self.close()  # The next round connects anew.
            return None
        beat(self.pulse)
        return sent
