"""What the settings switch: the database, the broker, who drains which lane, and who rings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from backend.config import celery
from backend.config.bells import make_bell
from backend.config.checks import check_settings
from backend.config.lanes import NET_EVERY, all_lanes, shared_lanes, worker_lanes
from backend.config.postgres import postgres_options
from backend.engine.bell import LoopbackBell
from backend.engine.ringer import ByLane, FirstThatRings, Ringer
from tests.house.source import ROOT

BROKER = "redis://:a-password@broker:6379/0"
SHOW = "from django.conf import settings; import json; print(json.dumps(settings.DATABASES['default'], default=str))"

is_postgres = pytest.mark.skipif("postgresql" not in connection.vendor, reason="SQLite is for one machine")


def database(url: str, folder: Path, **more: str) -> dict[str, Any]:
    """The database's settings in an environment of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "SANDBOX": "1",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(folder),
    }
    environment |= {"DJANGO_SETTINGS_MODULE": "backend.config.settings", "DATABASE_URL": url, **more}
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(shown.stdout)
    return told


def test_the_address_of_the_database_says_how_it_is_reached(tmp_path: Path) -> None:
    told = database("postgres://me:word@db:5433/shop?sslmode=verify-full&sslrootcert=/ca.pem", tmp_path)
    assert (told["HOST"], told["PORT"], told["NAME"], told["USER"]) == ("db", 5433, "shop", "me")
    assert told["OPTIONS"]["sslmode"] == "verify-full"
    assert told["OPTIONS"]["sslrootcert"] == "/ca.pem"
    assert "statement_timeout=30s" in told["OPTIONS"]["options"]
    assert told["CONN_MAX_AGE"] == 0  # The pool refuses anything else.
    assert told["CONN_HEALTH_CHECKS"]


def test_what_the_address_says_wins(tmp_path: Path) -> None:
    told = database("postgres://db/shop?connect_timeout=1&options=-c%20statement_timeout%3D5s", tmp_path)
    assert told["OPTIONS"]["connect_timeout"] in {1, "1"}
    assert told["OPTIONS"]["options"] == "-c statement_timeout=5s"


def test_a_process_keeps_no_more_connections_than_it_is_told(tmp_path: Path) -> None:
    assert database("postgres://db/shop", tmp_path)["OPTIONS"]["pool"]["max_size"] == 20
    assert (
        database("postgres://db/shop", tmp_path, DATABASE_POOL_SIZE="7")["OPTIONS"]["pool"]["max_size"] == 7
    )


def test_a_session_whose_machine_died_does_not_keep_its_lock_for_hours() -> None:
    options = postgres_options(5)["options"]
    assert all(f"-c tcp_keepalives_{word}=" in options for word in ("idle", "interval", "count"))


# ---- who drains what


def test_without_a_broker_the_worker_drains_all() -> None:
    lanes = all_lanes()
    assert worker_lanes(lanes, has_broker=False) == lanes


def test_with_a_broker_the_worker_is_the_net_below_the_shared_lanes() -> None:
    """They go on while the broker is away; what keeps order never leaves the worker."""
    all_of_them = all_lanes()
    lanes = {lane.name: lane for lane in all_of_them}
    netted = {lane.name: lane for lane in worker_lanes(all_of_them, has_broker=True)}
    assert set(netted) == set(lanes)
    for name, lane in lanes.items():
        if lane.exclusive:
            assert netted[name] == lane
        else:
            assert netted[name].look_every >= NET_EVERY
            assert netted[name].drain is lane.drain


def test_messages_are_never_drained_by_celery() -> None:
    shared = {lane.name for lane in shared_lanes(all_lanes())}
    assert "inbox" not in shared
    assert {"outbox", "steps", "tokens"} <= shared
    assert set(celery.app.conf.beat_schedule) == {f"sweep-{name}" for name in shared}
    assert {queue.name for queue in celery.app.conf.task_queues} == {f"gateway.{name}" for name in shared}


# ---- who rings


@pytest.mark.skipif("postgresql" in connection.vendor, reason="Postgres rings between machines")
def test_on_one_machine_a_datagram_rings(settings: Any) -> None:
    settings.BROKER_URL = ""
    assert isinstance(make_bell(), LoopbackBell)


@is_postgres
def test_between_machines_the_database_rings(settings: Any) -> None:
    settings.BROKER_URL = ""
    bell = make_bell()
    assert isinstance(bell, Ringer)
    assert isinstance(bell.bell, FirstThatRings)
    assert [type(one).__name__ for one in bell.bell.bells] == ["NotifyBell"]


@is_postgres
def test_the_broker_rings_for_the_shared_lanes_alone_and_the_database_for_the_broker(settings: Any) -> None:
    settings.BROKER_URL = BROKER
    bell = make_bell()
    assert isinstance(bell, Ringer)
    by_lane = bell.bell
    assert isinstance(by_lane, ByLane)
    assert isinstance(by_lane.bell, FirstThatRings)
    assert isinstance(by_lane.other, FirstThatRings)
    assert by_lane.named == {lane.name for lane in shared_lanes(all_lanes())}
    assert [type(one).__name__ for one in by_lane.bell.bells] == ["CeleryBell", "FirstThatRings"]
    assert [type(one).__name__ for one in by_lane.other.bells] == ["NotifyBell"]


def test_a_broker_without_postgres_refuses_the_start(settings: Any) -> None:
    settings.BROKER_URL = BROKER
    faults = [fault.id for fault in check_settings(None)]
    assert faults == ([] if connection.vendor == "postgresql" else ["gateway.E009"])
    assert "a-password" not in str(check_settings(None))


def test_without_a_broker_its_parts_say_so(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "SANDBOX": "1",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(tmp_path),
    }
    for command in ("drain", "sweep"):
        told = subprocess.run(
            [sys.executable, "manage.py", command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert told.returncode == 1
        assert "BROKER_URL is not set" in told.stderr
