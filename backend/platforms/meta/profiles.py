"""
Who a person is on Messenger or Instagram, as far as Meta shows it.

Refusals are no errors here: Meta shows nobody who has not agreed, has no profile, or whom the app may not see.
Read on 2026-11-22 at developers.facebook.com/docs/messenger-platform/identity/user-profile and
developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api/user-profile.
"""

from __future__ import annotations

from backend.lib.json_types import JSONObject
from backend.lib.reading import object_of, text_of
from backend.lib.secret import Secret
from backend.platforms.errors import (
    ContactUnreachable,
    CredentialRejected,
    PermissionMissing,
    Refused,
)
from backend.platforms.meta.graph import Graph, node
from backend.platforms.port import ContactCard, Profile, Withheld

MESSENGER_FIELDS = "name,first_name,last_name,profile_pic"
INSTAGRAM_FIELDS = "name,username,profile_pic"

# Meta's code, or subcode where it says more -> why nothing is shown.
REASONS: dict[int, Withheld] = {
    230: Withheld.CONSENT_MISSING,
    2018218: Withheld.NO_PROFILE,
    2018247: Withheld.NOT_PERMITTED,
    2018001: Withheld.UNKNOWN_PERSON,
    2534014: Withheld.UNKNOWN_PERSON,
    33: Withheld.UNKNOWN_PERSON,
    551: Withheld.UNREACHABLE,
    10: Withheld.NOT_PERMITTED,
}


def read_profile(graph: Graph, contact: ContactCard, token: Secret, fields: str) -> Profile:
    """What Meta shows of the person; with the reason where it shows nothing. Raises what is no word about them."""
    try:
        answer = graph.get(node(contact.external_id), token=token, params={"fields": fields})
    except CredentialRejected:
        raise
    except Refused as refusal:
        return Profile(withheld=reason_of(refusal), message=refusal.told)
    return profile_in(object_of(answer))


def profile_in(answer: JSONObject) -> Profile:
    """The profile in an answer; Meta leaves out, or writes null for, what the person does not show."""
    parts = (text_of(answer.get("first_name")), text_of(answer.get("last_name")))
    return Profile(
        name=text_of(answer.get("name")) or " ".join(filter(None, parts)),
        username=text_of(answer.get("username")),
        picture_url=text_of(answer.get("profile_pic")),
    )


def reason_of(refusal: Refused) -> Withheld:
    """Why nothing is shown, in a word of ours."""
    for code in (refusal.words.subcode, refusal.words.code):
        if code in REASONS:
            return REASONS[code]
    if isinstance(refusal, PermissionMissing):
        return Withheld.NOT_PERMITTED
    return Withheld.UNREACHABLE if isinstance(refusal, ContactUnreachable) else Withheld.REFUSED
