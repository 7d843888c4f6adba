"""The closed lists in which notices are told: what a message is, what happened, what became of it."""

from __future__ import annotations

from enum import StrEnum


class MessageType(StrEnum):
    """What a message is, in words that hold on every platform."""

    TEXT = "TEXT"
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    DOCUMENT = "DOCUMENT"
    STICKER = "STICKER"
    LOCATION = "LOCATION"
    CONTACTS = "CONTACTS"
    REPLY = "REPLY"  # A tap on a quick reply, a button or a row of a list; `text` is its title.
    POSTBACK = "POSTBACK"  # A tap on a button outside the conversation's flow, such as Get Started.
    FORM = "FORM"  # The answer to a WhatsApp flow or address form.
    ORDER = "ORDER"
    SHARE = "SHARE"  # A post, a reel, a link or a product that the contact shared.
    STORY_MENTION = "STORY_MENTION"
    REFERRAL = "REFERRAL"  # The contact came by an ad or a link and wrote nothing; `text` is ours.
    CALL = "CALL"  # Somebody called, or a call ended; calls are not taken here.
    SYSTEM = "SYSTEM"  # Nobody wrote it: a changed number, an opt-in, another app that took over.
    TEMPLATE = "TEMPLATE"
    INTERACTIVE = "INTERACTIVE"  # Buttons, a list or cards, for the contact to tap.
    UNSUPPORTED = "UNSUPPORTED"  # The platform says that it does not pass this kind on.
    UNKNOWN = "UNKNOWN"  # A kind that we do not know yet; the payload holds what came.


class Happening(StrEnum):
    """What happened between contact and business that nobody wrote; it travels as `payload.event`."""

    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"
    MARKETING_ALLOWED = "marketing_allowed"
    MARKETING_STOPPED = "marketing_stopped"
    ACCOUNT_LINKED = "account_linked"
    ACCOUNT_UNLINKED = "account_unlinked"
    THREAD_PASSED = "thread_passed"  # Another app was made the one that answers.
    THREAD_TAKEN = "thread_taken"
    THREAD_REQUESTED = "thread_requested"
    FEEDBACK_GIVEN = "feedback_given"
    CONVERSATION_OPENED = "conversation_opened"  # The contact opened the chat for the first time.
    REQUEST_ACCEPTED = "request_accepted"  # The contact took a message request of the business.
    CALL_ENDED = "call_ended"
    CALL_CHANGED = "call_changed"  # It rings, was taken, was refused, its recording is there …
    PURCHASE = "purchase"  # A payment or checkout of Messenger's former shops.
    GAME_PLAYED = "game_played"


class AccountTopic(StrEnum):
    """What a platform tells about an account, apart from its conversations."""

    POLICY = "policy"  # Meta blocks the account, warns it, or lets it go.
    RESTRICTION = "restriction"  # WhatsApp keeps the account from doing something, for a time or for good.
    REVIEW = "review"
    VIOLATION = "violation"
    QUALITY = "quality"
    LIMIT = "limit"
    NAME = "name"
    ALERT = "alert"
    SECURITY = "security"
    TEMPLATE = "template"  # `subject` is the template's id; what changed of it stands in `raw`.
    PARTNER = "partner"
    SETTINGS = "settings"
    PAYMENT = "payment"
    PRICING = "pricing"
    GROUP = "group"
    ROLES = "roles"
    SIGNAL = "signal"  # What Meta makes of conversations, for instance a likely purchase.


class DeliveryStatus(StrEnum):
    """What became of a message. `conversations.status` holds which may follow which."""

    RECEIVED = "RECEIVED"  # Inbound: it is in our books.
    QUEUED = "QUEUED"  # We accepted it; nobody has tried yet.
    SENDING = "SENDING"  # A worker is trying now.
    SENT = "SENT"  # The platform accepted it.
    DELIVERED = "DELIVERED"  # It reached a device.
    READ = "READ"  # The contact opened it.
    PLAYED = "PLAYED"  # The contact played the voice message.
    FAILED = "FAILED"  # It will not arrive; see the error.


class Withheld(StrEnum):
    """Why a platform shows nothing of a person."""

    CONSENT_MISSING = "consent_missing"  # They have never written, or have not agreed.
    NO_PROFILE = "no_profile"  # There is none, for instance of somebody with nothing but a phone number.
    NOT_PERMITTED = "not_permitted"  # The app or the grant may not look.
    UNKNOWN_PERSON = "unknown_person"  # Nobody is known by this id, or nobody whom the account may see.
    UNREACHABLE = "unreachable"  # They blocked the account, or are gone.
    REFUSED = "refused"  # For another reason, which the platform's words tell.
