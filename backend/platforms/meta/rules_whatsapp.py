"""
Error codes of the WhatsApp Cloud API.

Read on 2026-11-22 at developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
(of September 2026).
"""

from __future__ import annotations

from backend.platforms.errors import (
    ContactUnreachable,
    Effect,
    Malformed,
    OutcomeUnknown,
    PersonRateLimited,
    Refused,
    Unavailable,
    WindowClosed,
)
from backend.platforms.meta.rule import (
    APPEAL,
    ASK_OPERATOR,
    BAD_FILE,
    BAD_TEMPLATE,
    FIX_TEMPLATE,
    NO_CALLS,
    NO_GROUPS,
    NO_PERMISSION,
    OPTED_OUT,
    PHONE_OR_TEMPLATE,
    PHONE_SETUP,
    RESTRICTED,
    SLOWER,
    START_AGAIN,
    TEMPLATE,
    Rule,
)

WHATSAPP_CODES: dict[int, Rule] = {
    130403: Rule(
        ContactUnreachable, "You have blocked this person.", "Unblock the person in WhatsApp Manager first."
    ),
    130429: SLOWER,
    130472: Rule(
        Refused,
        "WhatsApp did not deliver this marketing message: the person is part of an experiment.",
        "Wait until the customer writes, or reach the customer another way.",
    ),
    130497: Rule(
        ContactUnreachable,
        "This account may not write to people in that country.",
        "Reach the customer another way.",
    ),
    131000: Rule(OutcomeUnknown, "WhatsApp failed for a reason that it does not know."),
    131005: NO_PERMISSION,
    131008: Rule(Malformed, "WhatsApp misses something in the message."),
    131009: Rule(Malformed, "WhatsApp does not accept a value of the message."),
    131016: Rule(Unavailable, "WhatsApp's service is down for a moment."),
    131020: NO_GROUPS,
    131021: Rule(Malformed, "A number cannot write to itself.", "Choose another recipient."),
    131026: Rule(
        ContactUnreachable,
        "The message could not be delivered.",
        "The number may not be on WhatsApp, or its app is too old: reach the customer another way.",
    ),
    131030: Rule(
        ContactUnreachable,
        "A test number may only write to the numbers on its list.",
        "Add the number to the list of recipients in the app's WhatsApp settings.",
    ),
    131031: Rule(Refused, "This WhatsApp account is locked.", APPEAL, effect=Effect.ATTENTION),
    131037: Rule(Refused, "The number has no approved display name.", PHONE_SETUP, effect=Effect.ATTENTION),
    131041: NO_GROUPS,
    131042: Rule(
        Refused,
        "WhatsApp could not charge the business.",
        "Add or correct the payment method in WhatsApp Manager.",
        effect=Effect.ATTENTION,
    ),
    131045: Rule(Refused, "The number is not registered properly.", PHONE_SETUP, effect=Effect.ATTENTION),
    131047: Rule(WindowClosed, "More than 24 hours have passed since the customer last wrote.", TEMPLATE),
    131048: Rule(
        Refused,
        "WhatsApp has restricted this number because of spam reports.",
        APPEAL,
        effect=Effect.ATTENTION,
    ),
    131049: Rule(
        Refused,
        "WhatsApp held this message back: the customer gets many marketing messages already.",
        "Wait at least a day before you send it again.",
    ),
    131050: OPTED_OUT,
    131051: Rule(Malformed, "WhatsApp does not support this kind of message."),
    131052: Rule(
        Refused, "The customer's file could not be fetched.", "Ask the customer to send it again, smaller."
    ),
    131053: BAD_FILE,
    131055: Rule(Malformed, "This kind of message is not sent this way.", ASK_OPERATOR),
    131056: Rule(PersonRateLimited, "WhatsApp takes no more messages to this person just now."),
    131057: Rule(Unavailable, "WhatsApp is upgrading this number.", wait=60),
    131059: NO_GROUPS,
    131060: Rule(
        Refused,
        "WhatsApp shows this message in the phone's app only.",
        "Open the chat in the WhatsApp Business app.",
    ),
    131062: Rule(
        ContactUnreachable,
        "This kind of message needs the customer's phone number.",
        "Ask the customer for it.",
    ),
    131063: Rule(Malformed, "Marketing messages are switched off for this number."),
    131064: RESTRICTED,
    132000: BAD_TEMPLATE,
    132001: Rule(
        Refused,
        "This template does not exist in this language or is not approved.",
        FIX_TEMPLATE,
        effect=Effect.TEMPLATES,
    ),
    132005: Rule(Malformed, "The filled-in template is too long.", "Shorten the values."),
    132007: Rule(
        Refused,
        "The template breaks WhatsApp's rules.",
        "Change the template in WhatsApp Manager.",
        effect=Effect.TEMPLATES,
    ),
    132008: BAD_TEMPLATE,
    132012: BAD_TEMPLATE,
    132015: Rule(
        Refused,
        "The template is paused because of low quality.",
        "Use another template.",
        effect=Effect.TEMPLATES,
    ),
    132016: Rule(
        Refused,
        "The template is disabled because of low quality.",
        "Use another template.",
        effect=Effect.TEMPLATES,
    ),
    132018: BAD_TEMPLATE,
    132068: Rule(Refused, "The form behind this message is blocked.", "Repair it in WhatsApp Manager."),
    132069: Rule(
        Refused, "The form behind this message was sent too often.", "Wait an hour, then send it again."
    ),
    133000: Rule(Refused, "An earlier deregistration of the number is not finished.", PHONE_SETUP),
    133004: Rule(Unavailable, "WhatsApp's registration is down for a moment."),
    133005: Rule(
        Refused,
        "The PIN is wrong.",
        "Enter the two-step PIN of this number, or reset it in WhatsApp Manager.",
    ),
    133006: Rule(Refused, "The number is not verified yet.", PHONE_SETUP),
    133008: Rule(Refused, "The PIN was wrong too often.", "Wait as long as the platform's message says."),
    133009: Rule(
        Refused, "The PIN was entered too quickly again.", "Wait as long as the platform's message says."
    ),
    133010: Rule(
        Refused, "The number is not registered for the Cloud API.", PHONE_SETUP, effect=Effect.ATTENTION
    ),
    133015: Rule(Unavailable, "The number was deleted a moment ago.", wait=300),
    133016: Rule(Refused, "The number was registered too often.", "Wait 72 hours, then try again."),
    134011: Rule(
        Refused,
        "WhatsApp's payment terms are not accepted yet.",
        "Accept them in WhatsApp Manager.",
        effect=Effect.ATTENTION,
    ),
    134100: Rule(Malformed, "Only marketing messages are sent this way."),
    134101: Rule(Unavailable, "WhatsApp is still preparing this template.", wait=600),
    134102: Rule(Refused, "This template cannot be used now.", FIX_TEMPLATE, effect=Effect.TEMPLATES),
    135000: Rule(Malformed, "WhatsApp could not make sense of the message."),
    136024: Rule(Refused, "WhatsApp could not send the verification code.", PHONE_SETUP),
    136025: Rule(Refused, "The verification code is wrong.", PHONE_SETUP),
    137000: Rule(
        ContactUnreachable, "The customer's identity has changed.", "Wait until the customer writes again."
    ),
    2388001: Rule(Refused, "The number's display name is not approved yet.", PHONE_SETUP),
    2388019: Rule(Refused, "There are too many templates.", "Delete some in WhatsApp Manager."),
    2388091: Rule(Refused, "WhatsApp could not send the verification code.", PHONE_SETUP),
    2388093: Rule(Refused, "The verification code is wrong.", PHONE_SETUP),
    2494100: Rule(Unavailable, "This number is in maintenance.", wait=60),
    2593107: Rule(Refused, "The history of this number was asked for already."),
    2593108: Rule(Refused, "The history can only be asked for within a day of connecting.", START_AGAIN),
    2593109: Rule(Refused, "The history was not shared when the number was connected.", START_AGAIN),
}

# Whole families, of which Meta names no single rows or goes on adding some.
WHATSAPP_RANGES: tuple[tuple[range, Rule], ...] = (
    (range(131200, 131300), NO_GROUPS),
    (range(138000, 139000), NO_CALLS),
    (
        range(139000, 139100),
        Rule(Refused, "The form behind this message does not work.", "Repair it in WhatsApp Manager."),
    ),
    (
        range(139100, 139200),
        Rule(
            Refused, "WhatsApp could not change the list of blocked people.", "Change it in WhatsApp Manager."
        ),
    ),
    (
        range(147001, 147006),
        Rule(Refused, "WhatsApp did not take this user name.", "Choose another one in WhatsApp Manager."),
    ),
    (
        range(2388000, 2389000),
        Rule(Refused, "WhatsApp did not take this template or number as it is.", PHONE_OR_TEMPLATE),
    ),
)
