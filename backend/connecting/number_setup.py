"""How a WhatsApp number is set up once it is connected. Each step looks before it acts, so that it may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backend.connecting import words
from backend.connecting.addresses import takes_webhooks, webhook_url
from backend.connecting.models import ConnectionAttempt, ConnectionStep
from backend.connecting.models import StepState as State
from backend.connecting.pins import forget_pin, pin_for
from backend.connecting.schedule import LOOK_AT_NAME_EVERY
from backend.connecting.steps import Result, said
from backend.integrations import vault
from backend.integrations.adapters import whatsapp
from backend.integrations.models import ChannelIntegration
from backend.lib.clock import now
from backend.lib.secret import Secret
from backend.platforms.errors import PlatformError, Refused, Unavailable
from backend.platforms.port import Account
from backend.platforms.whatsapp.numbers import NumberFacts, SyncKind

NAME_NOT_APPROVED = 2388001
WRONG_PIN = 133005
# What WhatsApp answers to a request for the phone's data that it does not take, and that is no failure of ours.
NOT_SYNCED = {2593107: words.ASKED_BEFORE, 2593109: words.NOT_SHARED}


@dataclass(slots=True, kw_only=True)
class Setup:
    """What a step is taken with, and what it found out about the number."""

    attempt: ConnectionAttempt
    step: ConnectionStep
    integration: ChannelIntegration
    account: Account
    facts: NumberFacts | None = None


def override_webhook(setup: Setup) -> Result:
    """Give the number the integration's own address, which Meta asks at once for the integration's own secret."""
    if not takes_webhooks():
        return Result(state=State.SKIPPED, message=words.NOT_HTTPS, resolution=words.APP_PATH)
    secret = vault.take(setup.integration, "webhook_secret") or Secret("")
    whatsapp().override_webhook(setup.account, webhook_url(setup.integration), secret)
    return Result()


def register(setup: Setup) -> Result:
    """Let the Cloud API send for the number, unless it does so already. WhatsApp allows ten tries in three days."""
    facts = whatsapp().describe(setup.account)
    asked = setup.attempt.asked
    if facts.on_business_app or asked.get("coexistence"):
        return Result(state=State.SKIPPED, message=words.ON_THE_PHONE)
    if facts.is_registered and not asked.get("pinGiven"):
        return Result(state=State.SKIPPED, message=words.REGISTERED)
    if facts.is_name_in_review and setup.step.state == State.WAITING:
        return _in_review()
    try:
        whatsapp().register(setup.account, pin_for(setup.attempt))
    except Refused as error:
        if _says(error, NAME_NOT_APPROVED):
            return _unnamed(facts)
        if _says(error, WRONG_PIN):
            forget_pin(setup.attempt)
        raise
    return Result()


def read_number(setup: Setup) -> Result:
    """Read the number's name, quality and limits, until its name is approved."""
    setup.facts = whatsapp().describe(setup.account)
    return _in_review() if setup.facts.is_name_in_review else Result()


def sync_contacts(setup: Setup) -> Result:
    """Ask the phone for its contacts, once."""
    return _sync(setup, SyncKind.CONTACTS)


def sync_history(setup: Setup) -> Result:
    """Ask the phone for its history, once."""
    return _sync(setup, SyncKind.HISTORY)


TAKE: dict[str, Callable[[Setup], Result]] = {
    "override_webhook": override_webhook,
    "register": register,
    "read_number": read_number,
    "sync_contacts": sync_contacts,
    "sync_history": sync_history,
}


def _sync(setup: Setup, kind: SyncKind) -> Result:
    """A second request has ruined a business's phone before: once it may have left, no other one does."""
    facts = whatsapp().describe(setup.account)
    if not facts.on_business_app:
        return Result(state=State.SKIPPED, message=words.NOT_ON_THE_PHONE)
    if _was_asked_before(setup.step, facts):
        return Result(state=State.SKIPPED, message=words.ASKED_BEFORE)
    if not ConnectionStep.objects.filter(pk=setup.step.pk, asked_at__isnull=True).update(asked_at=now()):
        return Result(state=State.FAILED, message=words.PERHAPS_ASKED, resolution=words.OFFBOARD)
    try:
        whatsapp().request_sync(setup.account, kind)
    except (Refused, Unavailable) as error:  # It was surely not taken.
        return _not_synced(setup.step, error)
    except PlatformError as error:
        message = f"{words.PERHAPS_ASKED} {said(error)}"
        return Result(state=State.FAILED, message=message, resolution=words.OFFBOARD)
    return Result()


def _not_synced(step: ConnectionStep, error: Refused | Unavailable) -> Result:
    for code, message in NOT_SYNCED.items():
        if _says(error, code):
            return Result(state=State.SKIPPED, message=message)
    ConnectionStep.objects.filter(pk=step.pk).update(asked_at=None)
    if isinstance(error, Refused):
        raise error
    return Result(state=State.FAILED, message=said(error), resolution=words.WITHIN_A_DAY)


def _was_asked_before(step: ConnectionStep, facts: NumberFacts) -> bool:
    """Whether the phone was asked since it was brought in, whoever connected it then."""
    others = ConnectionStep.objects.filter(name=step.name, attempt__account_id=step.attempt.account_id)
    last = others.filter(asked_at__isnull=False).exclude(pk=step.pk).order_by("-asked_at").first()
    if last is None or last.asked_at is None:
        return False
    return facts.onboarded_at is None or facts.onboarded_at <= last.asked_at


def _in_review() -> Result:
    return Result(
        state=State.WAITING,
        message=words.IN_REVIEW,
        resolution=words.WAIT,
        again_at=now() + LOOK_AT_NAME_EVERY,
    )


def _unnamed(facts: NumberFacts) -> Result:
    if facts.name_status in ("DECLINED", "EXPIRED"):
        return Result(state=State.FAILED, message=words.NAME_DECLINED, resolution=words.CHANGE_NAME)
    return _in_review()


def _says(error: PlatformError, code: int) -> bool:
    """Whether Meta means this; it gives some numbers now as the code and now as the subcode."""
    return code in (error.words.code, error.words.subcode)
