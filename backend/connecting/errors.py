"""Why connecting does not go on, in words for a shop owner."""

from backend.connecting import words
from backend.lib.refusal import Refusal
from backend.platforms.errors import Refused


class UnknownPlatform(Refusal):
    code = "validation_error"
    message = "This platform is not known."
    resolution = "Choose one of the platforms that the settings page lists."


class MockNotAllowed(Refusal):
    code = "mock_not_allowed"
    message = "Mock accounts exist in the sandbox only."
    resolution = 'Connect a real account: send {"flow": "oauth"}.'


class PlatformNotConfigured(Refusal):
    code = "platform_not_configured"
    message = "This platform is not set up on this server."
    resolution = "Ask the operator to set META_APP_ID and META_APP_SECRET."


class LoginNotOffered(Refusal):
    code = "validation_error"
    message = "This platform cannot be connected by this login."
    resolution = "Leave `login` out, or name one that the settings page lists for the platform."
    one_way = "There is one login for this platform; leave this out."


class ReturnToNotAllowed(Refusal):
    code = "validation_error"
    message = "The address to return to is not one of this product."
    resolution = "Use a page of one of the origins in FRONTEND_ORIGINS."


class StateInvalid(Refusal):
    code = "state_invalid"
    message = "This answer of the platform belongs to no attempt of ours to connect an account."
    resolution = "Begin again on the settings page."


class StateExpired(Refusal):
    code = "state_expired"
    message = "Too much time has passed since the attempt to connect began."
    resolution = "Begin again on the settings page."


class StateUsed(Refusal):
    code = "state_used"
    message = "This attempt to connect was answered before, by another answer."
    resolution = "Begin again on the settings page."


class AttemptOver(Refusal):
    code = "state_used"
    message = "This attempt to connect is over; loading its page again changes nothing."
    resolution = "Look at the settings page: it shows whether the account is connected."


class BeingAnswered(Refusal):
    code = "conflict"
    message = "The answer of the platform is being taken in at this moment."
    resolution = "Reload the page in a moment; if this stays, begin again on the settings page."


class SignatureInvalid(Refusal):
    code = "signature_invalid"
    message = "The signature is missing or wrong."


class TicketInvalid(Refusal):
    code = "ticket_invalid"
    message = "The ticket is not one of this attempt to connect."
    resolution = "Begin again on the settings page."


class TicketExpired(Refusal):
    code = "ticket_expired"
    message = "The attempt to connect is over: it took too long, or it was finished before."
    resolution = "Look at the settings page: if the account is not connected there, begin again."


class NotYours(Refusal):
    code = "not_yours"
    message = "Another member began to connect this account."
    resolution = "The member who began has to finish it; or begin again yourself."


class AccountTaken(Refusal):
    code = "account_taken"
    message = "This account is connected to another business."
    resolution = "Disconnect it there first, or choose another account."


class DifferentAccount(Refusal):
    code = "different_account"
    message = "This is another account than the one that was connected before."
    resolution = (
        'To replace it, choose it with {"replace": true}; '
        "the conversations of the former account stay readable."
    )


class AccountNotReachable(Refusal):
    code = "validation_error"
    message = "The access that was granted does not reach this account."
    resolution = "Choose one of the listed accounts, or connect again and allow this one."


class NoGrant(Refusal):
    code = "not_connected"
    message = "There is no granted access to choose an account from."
    resolution = "Begin to connect, and choose within the hour."


class NumberRequired(Refusal):
    code = "validation_error"
    message = "This WhatsApp account has more than one number."
    resolution = "Say which one is meant."


class PermissionsMissing(Refusal):
    code = "permission_missing"
    message = "Permissions are missing."
    resolution = "Allow both WhatsApp permissions, messaging and management, then connect again."


class Interrupted(Refusal):
    code = "state_expired"
    message = words.INTERRUPTED
    resolution = words.POPUP_AGAIN


class TokenRefused(Refused):
    """WhatsApp does not accept this access token."""

    default_resolution = (
        "Make a permanent token of a system user in Meta's business settings, with both WhatsApp permissions and "
        "access to this WhatsApp account, and paste the whole of it."
    )


class SandboxAway(Refusal):
    code = "platform_unavailable"
    message = "The simulator does not answer."
    resolution = "Start it: make run starts everything; see docs/simulator.md."
