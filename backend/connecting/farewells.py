"""What the platform is still to be told of an account that was left: kept sealed until it has heard it.

The row is written in the transaction that wipes the integration's own tokens, so that neither a crash nor an outage
leaves webhooks, or a person's access, behind at the platform.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import structlog

from backend.connecting import words
from backend.connecting.models import Consent, Farewell, Watch
from backend.connecting.schedule import next_farewell
from backend.integrations import vault
from backend.integrations.adapters import adapter_by
from backend.integrations.models import ChannelIntegration, ChannelIntegrationQuerySet
from backend.lib.clock import now
from backend.lib.json_types import JSONObject
from backend.lib.secret import Secret
from backend.platforms.errors import PlatformError, Refused, Unavailable
from backend.platforms.port import Account, Grant, Login

logger = structlog.get_logger(__name__)

TABLE, COLUMN = "connecting_farewell", "sealed"
BATCH = 50
CLAIM_FOR = timedelta(minutes=5)  # Longer than the calls to Meta may take together.


@dataclass(frozen=True, slots=True)
class PersonsAccess:
    """The access of a person who went through the dialog; it is given back when nothing needs it any more."""

    token: Secret
    user_id: str


def part(integration: ChannelIntegration, account: Account, access: PersonsAccess | None = None) -> Farewell:
    """The unsaved row for an account that is left, already in the hand of whoever made it."""
    farewell = Farewell(integration=integration, account_id=account.account_id, due_at=now() + CLAIM_FOR)
    clear = json.dumps({"account": _kept(account), "access": _kept_access(access)})
    farewell.sealed = vault.seal(Secret(clear), table=TABLE, row=farewell.pk, column=COLUMN)
    return farewell


def drain() -> bool:
    """Say what is due; whether there may be more."""
    due = list(Farewell.objects.due(now())[:BATCH])
    for farewell in due:
        if Farewell.objects.claim(farewell, until=now() + CLAIM_FOR):
            say(farewell)
    return len(due) == BATCH


def say(farewell: Farewell) -> None:
    """Tell the platform. Nothing raises: what it could not hear is said again later, what it refused is not."""
    try:
        account, access = _opened(farewell)
        _end_webhooks(farewell, account)
        _give_back(farewell, account, access)
    except (Refused, vault.VaultUnreadable) as error:
        _log("connecting.farewell_refused", farewell, error.code)
    except PlatformError as error:
        return _postpone(farewell, error)
    if farewell.is_kept:
        farewell.delete()
    return None


def pending(integration: ChannelIntegration) -> list[JSONObject]:
    """What the platform has not heard yet, for whoever asks how the integration stands."""
    waiting = Farewell.objects.filter(integration=integration, tries__gt=0).order_by("created_at")
    return [
        {
            "code": "platform_told",
            "ok": False,
            "message": f"{words.NOT_TOLD} {farewell.error}".strip(),
            "resolution": words.TOLD_BY_ITSELF,
            "at": farewell.tried_at,
        }
        for farewell in waiting
    ]


def _end_webhooks(farewell: Farewell, account: Account) -> None:
    if _holders(farewell, account).exists():
        return  # The account was connected again the same way, here or by another business.
    integration = farewell.integration
    try:
        adapter = adapter_by(integration.platform, account.login)
        adapter.unsubscribe(account, shared=_is_shared(integration, account))
    except Refused as error:  # The access may be given back all the same.
        _log("connecting.unsubscribe_refused", farewell, error.code)
    # Connected again at this very moment: the next look makes the subscription again.
    Watch.objects.filter(integration__in=_holders(farewell, account)).update(inspect_at=now())


def _give_back(farewell: Farewell, account: Account, access: PersonsAccess | None) -> None:
    if access is None or Consent.objects.filter(user_id=access.user_id).exists():
        return  # Another account still lives on the access of the same person.
    grant = Grant(token=access.token, expires_at=None, permissions=(), user_id=access.user_id)
    adapter_by(farewell.integration.platform, account.login).revoke(grant)


def _holders(farewell: Farewell, account: Account) -> ChannelIntegrationQuerySet:
    live = ChannelIntegration.objects.live().filter(platform=farewell.integration.platform)
    return live.filter(account_id=farewell.account_id, login=account.login)


def _is_shared(integration: ChannelIntegration, account: Account) -> bool:
    """Whether a live integration receives through the same subscription, of the Page or of the WABA."""
    live = ChannelIntegration.objects.live()
    if account.page_id:
        return live.filter(platform_page_id=account.page_id).exists()
    return live.filter(
        platform=integration.platform,
        login=account.login,
        platform_account_id=account.platform_account_id,
    ).exists()


def _postpone(farewell: Farewell, error: PlatformError) -> None:
    if not farewell.is_kept:
        return _log("connecting.farewell_unsaid", farewell, error.code)
    farewell.tries += 1
    wait = error.retry_after if isinstance(error, Unavailable) else None
    again_at = next_farewell(farewell.tries, now(), wait)
    if again_at is None:
        farewell.delete()
        return _log("connecting.farewell_given_up", farewell, error.code)
    farewell.due_at, farewell.tried_at, farewell.error = again_at, now(), error.message
    farewell.save(update_fields=["tries", "due_at", "tried_at", "error"])
    return _log("connecting.farewell_postponed", farewell, error.code)


def _log(event: str, farewell: Farewell, code: str) -> None:
    logger.warning(event, integration_id=str(farewell.integration_id), code=code, tries=farewell.tries)


def _kept(account: Account) -> JSONObject:
    """What an adapter needs to end the webhooks of an account."""
    return {
        "accountId": account.account_id,
        "platformAccountId": account.platform_account_id,
        "businessAccountId": account.business_account_id,
        "pageId": account.page_id,
        "login": account.login.value,
        "appScopedId": account.app_scoped_id,
        "token": account.token.reveal(),
        "pageToken": account.page_token.reveal() if account.page_token else None,
    }


def _kept_access(access: PersonsAccess | None) -> JSONObject | None:
    return {"token": access.token.reveal(), "userId": access.user_id} if access else None


def _opened(farewell: Farewell) -> tuple[Account, PersonsAccess | None]:
    kept = json.loads(vault.unseal(farewell.sealed, table=TABLE, row=farewell.pk, column=COLUMN).reveal())
    account, access = kept["account"], kept["access"]
    return Account(
        account_id=account["accountId"],
        name="",
        token=Secret(account["token"]),
        platform_account_id=account["platformAccountId"],
        business_account_id=account["businessAccountId"],
        page_id=account["pageId"],
        page_token=Secret(account["pageToken"]) if account["pageToken"] else None,
        login=Login(account["login"]),
        app_scoped_id=account["appScopedId"],
    ), PersonsAccess(Secret(access["token"]), access["userId"]) if access else None
