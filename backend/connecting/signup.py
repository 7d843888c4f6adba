"""WhatsApp without the dialog: a code of the popup in the browser, or a permanent token that a member pasted.

Whatever the browser says of accounts is a claim, which Meta confirms for the access that came with it. The same
request again goes on where the one before stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from backend.businesses.audit import Action
from backend.businesses.models import Caller
from backend.connecting import steps
from backend.connecting.claims import PLATFORM, Claim, claimed_number
from backend.connecting.connect import begin_attempt, check_configured, row_of
from backend.connecting.errors import (
    BeingAnswered,
    Interrupted,
    PermissionsMissing,
    TokenRefused,
)
from backend.connecting.grants import kept_grant, save_grant
from backend.connecting.later import CLAIM_FOR, release, take_later_steps
from backend.connecting.models import UNSETTLED_STATES, ConnectionAttempt, Flow
from backend.connecting.models import StepState as State
from backend.connecting.pins import keep_pin
from backend.connecting.settle import Connection, connect_account, note_refusal, refuse_other_account
from backend.connecting.state import fingerprint
from backend.integrations.adapters import whatsapp
from backend.integrations.models import ChannelIntegration
from backend.integrations.state import save_changed
from backend.lib.clock import now
from backend.lib.secret import Secret
from backend.platforms.errors import CredentialRejected
from backend.platforms.port import Account, Grant, Login
from backend.platforms.registry import PLATFORMS

CONNECTED = f"{PLATFORMS[PLATFORM].name} connected successfully"


def connect_embedded(caller: Caller, code: Secret, claim: Claim) -> ChannelIntegration:
    """The number behind a code of the popup, connected. Raises PlatformError, Refusal, VaultUnreadable."""
    return _connect(caller, Flow.EMBEDDED, code, claim)


def connect_manual(caller: Caller, token: Secret, claim: Claim) -> ChannelIntegration:
    """The number behind a permanent token, connected. Raises PlatformError, Refusal, VaultUnreadable."""
    return _connect(caller, Flow.MANUAL, token, claim)


def go_on(
    attempt: ConnectionAttempt, code: Secret | None = None, *, by: Caller | None = None
) -> ChannelIntegration:
    """Take the steps that connect the account from where they stopped, and those after them. `by` None: by itself."""
    integration = attempt.integration
    with _noting(integration):
        grant = _verified(attempt, code)
        account = _checked(attempt, grant)
    replace = bool(attempt.asked.get("replace"))
    connection = Connection(attempt, grant, account, Action.CONNECT_FINISHED, by)
    return connect_account(integration, connection, may_replace=replace)


def _connect(caller: Caller, flow: Flow, proof: Secret, claim: Claim) -> ChannelIntegration:
    check_configured(Login.FACEBOOK)
    integration = row_of(caller, PLATFORM)
    attempt = _attempt(caller, integration, flow, proof, claim)
    try:
        if attempt.finished_at:
            take_later_steps(attempt)
        else:
            go_on(attempt, proof, by=caller)
    except steps.PROBLEMS:
        release(attempt)  # Anything else is a crash: the claim runs out, and the steps go on by themselves.
        raise
    release(attempt)
    integration.refresh_from_db()
    return integration


def _attempt(
    caller: Caller, integration: ChannelIntegration, flow: Flow, proof: Secret, claim: Claim
) -> ConnectionAttempt:
    """The attempt of this request, in our hand; the one that the same request began before, if it can go on."""
    mark, until = fingerprint(proof.reveal()), now() + CLAIM_FOR
    with transaction.atomic():
        ChannelIntegration.objects.select_for_update(no_key=True).get(
            pk=integration.pk
        )  # Of two at once, one begins.
        attempt = _resumable(integration, flow, mark, claim)
        if attempt is None:
            attempt = begin_attempt(
                caller,
                integration,
                flow,
                asked=claim.kept(),
                answer_hash=mark,
                returned_at=now(),
                claimed_until=until,
            )
            if flow == Flow.MANUAL:
                save_grant(attempt, Grant(token=proof, expires_at=None, permissions=()))  # Not verified yet.
        elif not ConnectionAttempt.objects.claim(attempt.pk, at=now(), until=until):
            raise BeingAnswered
        attempt.asked = claim.kept()
        attempt.save(update_fields=["asked"])
        if claim.pin:
            keep_pin(attempt, claim.pin)
        steps.plan(attempt)
    return attempt


def _resumable(
    integration: ChannelIntegration, flow: Flow, mark: str, claim: Claim
) -> ConnectionAttempt | None:
    same = ConnectionAttempt.objects.filter(integration=integration, flow=flow, answer_hash=mark)
    attempt = same.select_related("integration").order_by("-created_at", "-pk").first()
    if attempt is None:
        return None
    if not attempt.finished_at:
        return attempt if attempt.expires_at > now() else None
    if steps.in_force(integration) != attempt or claim.number_id not in ("", attempt.account_id):
        return None
    # A code can be used once only, so its repeat is the same request; a token may be pasted to connect anew.
    unsettled = attempt.steps.filter(state__in=UNSETTLED_STATES).exists()
    return attempt if flow == Flow.EMBEDDED or unsettled else None


@contextmanager
def _noting(integration: ChannelIntegration) -> Iterator[None]:
    """What ends an attempt before the account is chosen is kept on the row."""
    try:
        yield
    except steps.PROBLEMS as error:
        note_refusal(integration, error)
        integration.reconnecting = False
        save_changed(integration, "reconnecting")
        raise


def _verified(attempt: ConnectionAttempt, code: Secret | None) -> Grant:
    # The grant of a code is kept only once it is verified; a pasted token is kept before.
    is_verified = (
        attempt.flow == Flow.EMBEDDED or attempt.steps.filter(name="verify_grant", state=State.DONE).exists()
    )
    if attempt.grant and is_verified:
        steps.note_done(attempt, "verify_grant")
        return kept_grant(attempt)
    with steps.take(attempt, "verify_grant"):
        grant = _read_token(attempt) if attempt.flow == Flow.MANUAL else _exchange(code)
        missing = [name for name in PLATFORMS[PLATFORM].required_permissions if name not in grant.permissions]
        if missing:
            raise PermissionsMissing(f"These permissions are missing: {', '.join(missing)}.")
        save_grant(attempt, grant)
    return grant


def _exchange(code: Secret | None) -> Grant:
    if code is None:
        raise Interrupted
    return whatsapp().exchange_code(code=code.reveal(), redirect_uri="")


def _read_token(attempt: ConnectionAttempt) -> Grant:
    try:
        return whatsapp().read_grant(kept_grant(attempt).token)
    except CredentialRejected as error:
        raise TokenRefused(words=error.words) from error


def _checked(attempt: ConnectionAttempt, grant: Grant) -> Account:
    integration, claim = attempt.integration, attempt.asked
    with steps.take(attempt, "check_number"):
        account = claimed_number(integration, grant, claim["wabaId"], claim["phoneNumberId"])
        integration.refresh_from_db()
        refuse_other_account(integration, account, may_replace=claim["replace"])
    return account
