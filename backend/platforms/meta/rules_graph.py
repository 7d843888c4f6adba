"""
Error codes of the Graph API, Messenger and Instagram.

Read on 2026-11-22 at developers.facebook.com/docs/graph-api/guides/error-handling and
developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes (of 2026-06-25).
"""

from __future__ import annotations

from backend.platforms.errors import (
    ContactUnreachable,
    CredentialRejected,
    Effect,
    Malformed,
    PermissionMissing,
    Refused,
    Unavailable,
)
from backend.platforms.meta.rule import (
    ASK_OPERATOR,
    AWAY,
    BAD_FILE,
    GONE,
    HELD_BY_OTHER,
    LATE,
    NO_PERMISSION,
    NOT_REVIEWED,
    OPTED_OUT,
    PASSING,
    RESTRICTED,
    SLOWER,
    START_AGAIN,
    STRANGER,
    Rule,
)

BY_PAIR: dict[tuple[int, int], Rule] = {
    (1, 99): Rule(
        PermissionMissing, "Meta refused without a reason; mostly a permission is missing.", ASK_OPERATOR
    ),
    (100, 33): Rule(Refused, "Meta does not know this object, or does not let us see it."),
    (190, 458): Rule(CredentialRejected, "The app was removed at Facebook."),
    (190, 459): Rule(
        CredentialRejected,
        "Facebook wants the person who connected this account to confirm something.",
        "Log in at facebook.com, confirm what is asked, then connect the account again.",
    ),
    (190, 460): Rule(CredentialRejected, "The Facebook password was changed, which ended the connection."),
    (190, 463): Rule(CredentialRejected, "The connection has expired."),
    (190, 464): Rule(CredentialRejected, "The Facebook user who connected this account is not confirmed."),
    (190, 467): Rule(CredentialRejected, "The connection was ended by a logout or taken back."),
    (190, 492): Rule(
        CredentialRejected,
        "The person who connected this account has no role on the Page any more.",
        "Let another admin of the Page connect it again.",
    ),
}

# Numbers that mean one thing only; Meta gives some of them now as the code and now as the subcode.
BY_SUBCODE: dict[int, Rule] = {
    36007: Rule(Refused, "The login took too long.", START_AGAIN),
    36008: Rule(Refused, "The address of the login and that of the answer differ.", ASK_OPERATOR),
    36009: Rule(Refused, "This login was used already.", START_AGAIN),
    551: AWAY,
    1404170: OPTED_OUT,
    1545041: AWAY,  # One page of Meta calls it a closed window; the full table says that the person is away.
    1893015: OPTED_OUT,
    1893063: RESTRICTED,
    2018001: STRANGER,
    2018008: BAD_FILE,
    2018021: NOT_REVIEWED,
    2018027: NOT_REVIEWED,
    2018028: NOT_REVIEWED,
    2018047: BAD_FILE,
    2018065: LATE,
    2018074: BAD_FILE,
    2018108: Rule(ContactUnreachable, "This person cannot receive messages now."),
    2018109: BAD_FILE,
    2018171: HELD_BY_OTHER,
    2018218: Rule(Refused, "This person has no profile that can be read."),
    2018247: Rule(PermissionMissing, "The app may not read this person's profile.", ASK_OPERATOR),
    2018278: LATE,
    2018294: BAD_FILE,
    2018300: HELD_BY_OTHER,
    2018321: HELD_BY_OTHER,
    2018336: OPTED_OUT,
    2018338: RESTRICTED,
    2018344: Rule(
        PermissionMissing,
        "The Page has not accepted Meta's terms yet.",
        "Accept the terms in the Page's inbox.",
    ),
    2018352: Rule(
        Refused, "This customer was asked too often to opt in.", "Wait until the customer writes again."
    ),
    2534013: Rule(
        PermissionMissing,
        "The Page is not linked to an Instagram account.",
        "Link the Instagram account in the Page's settings, then connect again.",
    ),
    2534014: STRANGER,
    2534015: Rule(Malformed, "Instagram did not accept the contents of the message."),
    2534022: LATE,
    2534025: Rule(Refused, "This comment cannot be answered."),
    2534029: RESTRICTED,
    2534037: HELD_BY_OTHER,
    2534040: SLOWER,
    2534041: Rule(
        PermissionMissing,
        "Instagram does not let connected tools see this account's messages.",
        "In the Instagram app, under Settings, Messages and story replies, Message controls, "
        "Connected tools, turn on Allow access to messages.",
    ),
    2534077: Rule(
        PermissionMissing,
        "The link between the Instagram account and the Page could not be confirmed.",
        "Check the Instagram–Page link and two-factor login, then connect again.",
    ),
}

GRAPH_CODES: dict[int, Rule] = {
    0: GONE,
    1: PASSING,
    2: Rule(Unavailable, "Meta's service is down for a moment."),
    3: Rule(PermissionMissing, "This app is not allowed to do that at Meta.", ASK_OPERATOR),
    4: SLOWER,
    10: NO_PERMISSION,
    17: SLOWER,
    32: SLOWER,
    33: Rule(
        Refused,
        "This phone number no longer exists at WhatsApp.",
        "Connect another number.",
        effect=Effect.ATTENTION,
    ),
    100: Rule(Malformed, "Meta did not accept the request as it was written."),
    101: Rule(Refused, "Meta does not know this app.", ASK_OPERATOR),
    102: GONE,
    104: Rule(Refused, "The request went out without the account's token.", ASK_OPERATOR),
    190: GONE,
    230: Rule(Refused, "The customer has not agreed to show the profile."),
    341: SLOWER,
    368: RESTRICTED,
    506: Rule(Refused, "Meta has this already."),
    613: SLOWER,
    803: Rule(Refused, "Meta does not know this object, or does not let us see it."),
    1200: PASSING,
    2022: Rule(Refused, "Messages about orders are switched off for this Page.", effect=Effect.ATTENTION),
    2200: Rule(
        Refused,
        "Meta could not verify our webhook address.",
        "Ask the operator whether PUBLIC_URL can be reached from the internet over https, then connect again.",
    ),
    2500: Rule(Malformed, "Meta does not know this request."),
    10303: Rule(Refused, "This account link is no longer valid.", START_AGAIN),
    36103: Rule(Refused, "This Instagram account may not be used yet.", "Try again in some days."),
    80001: SLOWER,
    80002: SLOWER,
    80006: SLOWER,
    80007: SLOWER,
    80008: SLOWER,
    1609005: Rule(Refused, "Meta could not use this link."),
    9000001: Rule(Refused, "This message was deleted, or is too old to be read."),
}
