"""Every code that a failure can carry, with the status it is answered with. Named here and nowhere else."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """The closed list of the contract."""

    status: int

    def __new__(cls, value: str, status: int) -> ErrorCode:
        member = str.__new__(cls, value)
        member._value_ = value
        member.status = status
        return member

    VALIDATION_ERROR = "validation_error", 400
    BUSINESS_REQUIRED = "business_required", 400  # A member of several businesses has to pick one.
    STATE_INVALID = "state_invalid", 400
    STATE_EXPIRED = "state_expired", 400

    NOT_AUTHENTICATED = "not_authenticated", 401
    INVALID_CREDENTIALS = "invalid_credentials", 401
    REFRESH_REUSED = "refresh_reused", 401

    ROLE_REQUIRED = "role_required", 403
    SCOPE_REQUIRED = "scope_required", 403
    TICKET_INVALID = "ticket_invalid", 403
    NOT_YOURS = "not_yours", 403  # Somebody else began it.
    SIGNATURE_INVALID = "signature_invalid", 403  # Of a webhook delivery.
    VERIFY_TOKEN_INVALID = "verify_token_invalid", 403  # Of a webhook's handshake.

    NOT_FOUND = "not_found", 404
    METHOD_NOT_ALLOWED = "method_not_allowed", 405
    REQUEST_TIMEOUT = "request_timeout", 408  # The body did not arrive in time.

    CONFLICT = "conflict", 409  # Two changed the same thing at the same moment.
    STATE_USED = "state_used", 409
    TICKET_EXPIRED = "ticket_expired", 409
    NOT_CONNECTED = "not_connected", 409
    ACCOUNT_TAKEN = "account_taken", 409
    DIFFERENT_ACCOUNT = "different_account", 409
    ACCOUNT_REPLACED = "account_replaced", 409
    NO_USABLE_ACCOUNT = "no_usable_account", 409
    RECONNECT_REQUIRED = "reconnect_required", 409
    PERMISSION_MISSING = "permission_missing", 409
    SECRETS_UNREADABLE = "secrets_unreadable", 409
    WINDOW_CLOSED = "window_closed", 409
    CONTACT_UNREACHABLE = "contact_unreachable", 409
    OUTCOME_UNKNOWN = "outcome_unknown", 409
    NOT_SENT_IN_TIME = "not_sent_in_time", 409  # Of a message, never of a request.
    NOT_RETRYABLE = "not_retryable", 409  # Only a failed message can be tried again.
    UNSUPPORTED_BY_PLATFORM = "unsupported_by_platform", 409
    HANDLED_BY_HUMAN = "handled_by_human", 409  # A person answers here, so an AI may not.
    IMPORT_RUNNING = "import_running", 409
    DUPLICATE_REQUEST = "duplicate_request", 409
    MOCK_NOT_ALLOWED = "mock_not_allowed", 409
    PLATFORM_NOT_CONFIGURED = "platform_not_configured", 409
    PLATFORM_REFUSED = "platform_refused", 409

    TOO_LARGE = "too_large", 413
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable", 416  # Of a file.
    RATE_LIMITED = "rate_limited", 429
    INTERNAL_ERROR = "internal_error", 500
    PLATFORM_ERROR = "platform_error", 502
    PLATFORM_UNAVAILABLE = "platform_unavailable", 503
    SERVICE_UNAVAILABLE = "service_unavailable", 503  # Our database, or the foreign login, cannot answer.


CODES = {str(code): code for code in ErrorCode}
