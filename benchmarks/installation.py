"""A database of its own with as many connected accounts as wanted, and a Meta in this process that answers in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx2
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.businesses import logins
from backend.businesses.models import Business, Membership, Role, User
from backend.connecting.models import Watch
from backend.integrations import vault
from backend.integrations.models import ChannelIntegration, IntegrationStatus
from backend.lib.clock import now
from backend.lib.secret import Secret
from backend.platforms.meta.app_webhook import NEEDED_FIELDS
from backend.platforms.registry import PLATFORMS

PAGES = 300
PAGES_AT_ONCE = 100


class SlowMeta:
    """Answers every call of looking and renewing, each after the same while."""

    def __init__(self, answers_in: float = 0.0) -> None:
        self.answers_in = answers_in
        self.calls = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.calls += 1
        if self.answers_in:
            time.sleep(self.answers_in)
        return httpx2.Response(200, json=self._answer(request))

    def _answer(self, request: httpx2.Request) -> Any:
        edge = request.url.path.rsplit("/", 1)[-1]
        answers: dict[str, Callable[[], Any]] = {
            "access_token": lambda: {"access_token": f"EAA{self.calls}", "expires_in": 5_184_000},
            "debug_token": self._token,
            "subscribed_apps": lambda: {"data": [{"id": settings.META_APP_ID}]},
            "subscriptions": self._app_webhooks,
            "accounts": lambda: self._pages(int(request.url.params.get("after", 0))),
            "permissions": lambda: {"data": []},
            "conversations": lambda: {"data": []},
        }
        return answers.get(edge, lambda: {"id": edge, "name": "Corner Bakery"})()

    def _token(self) -> Any:
        ends_at = int((now() + timedelta(days=60)).timestamp())
        scopes = list(PLATFORMS["MESSENGER"].scopes)
        known = {"is_valid": True, "type": "USER", "app_id": settings.META_APP_ID, "user_id": "122"}
        return {"data": {**known, "expires_at": ends_at, "scopes": scopes}}

    def _app_webhooks(self) -> Any:
        url = f"{settings.PUBLIC_URL}/api/webhooks/meta"
        rows = NEEDED_FIELDS.items()
        return {"data": [{"object": kind, "callback_url": url, "fields": list(f)} for kind, f in rows]}

    def _pages(self, after: int) -> Any:
        until = min(after + PAGES_AT_ONCE, PAGES)
        rows = [
            {"id": str(10**14 + n), "name": f"Branch {n}", "access_token": f"EAAp{n}", "tasks": ["MESSAGING"]}
            for n in range(after, until)
        ]
        following = {"next": f"https://graph.test/me/accounts?after={until}"} if until < PAGES else {}
        return {"data": rows, "paging": following}


@contextmanager
def installation(meta: SlowMeta) -> Iterator[None]:
    """An empty database that holds nothing of another benchmark, with this Meta on the other side."""
    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    settings.META_TRANSPORT = httpx2.MockTransport(meta)
    try:
        yield
    finally:
        settings.META_TRANSPORT = None
        call_command("flush", interactive=False, verbosity=0)


def connect(count: int, *, renewal_due: bool = False) -> list[ChannelIntegration]:
    """So many businesses, each with a Page that is connected to Messenger."""
    businesses = [Business(name=f"Shop {n}") for n in range(count)]
    Business.objects.bulk_create(businesses, batch_size=1_000)
    rows = [_page(business, n) for n, business in enumerate(businesses)]
    ChannelIntegration.objects.bulk_create(rows, batch_size=500)
    renew_at = now() - timedelta(hours=1) if renewal_due else None
    later = now() + timedelta(days=1)
    Watch.objects.bulk_create(
        [Watch(integration=row, renew_at=renew_at, inspect_at=later) for row in rows], batch_size=1_000
    )
    return rows


def _page(business: Business, number: int) -> ChannelIntegration:
    row = ChannelIntegration(
        business=business,
        platform="MESSENGER",
        status=IntegrationStatus.CONNECTED,
        account_id=str(10**15 + number),
        platform_account_id=str(10**15 + number),
        platform_account_name=f"Shop {number}",
        platform_page_id=str(10**15 + number),
        token_expires_at=now() + timedelta(days=29),
        permissions=list(PLATFORMS["MESSENGER"].scopes),
        webhook_subscribed=True,
    )
    vault.put(row, "access_token", Secret(f"EAAuser-{number}"))
    vault.put(row, "page_access_token", Secret(f"EAApage-{number}"))
    return row


def client_of(business: Business) -> APIClient:
    """An HTTP client that is logged in as an owner of this business."""
    user = User.objects.create_user(f"owner@{business.pk}.test", None, name="Owner")
    Membership.objects.create(business=business, user=user, role=Role.OWNER)
    return APIClient(headers={"Authorization": f"Bearer {logins.issue(user).access}"})


def statements_of(work: Callable[[], object]) -> int:
    """How many statements the work takes in this thread, without what only opens and closes a transaction."""
    with CaptureQueriesContext(connection) as capture:
        work()
    words = ("SELECT", "INSERT", "UPDATE", "DELETE")
    return sum(query["sql"].startswith(words) for query in capture.captured_queries)
