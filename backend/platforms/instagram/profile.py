"""What an account that came by Instagram Login shows of itself, and what its token opens."""

from __future__ import annotations

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import object_of, objects_in, text_of
from backend.lib.secret import Secret
from backend.platforms.errors import PermissionMissing, PlatformError, Refused
from backend.platforms.instagram.info import BASIC, MESSAGES
from backend.platforms.meta.graph import Graph

FIELDS = "id,user_id,username,name,account_type,profile_picture_url"
PERSONAL = "PERSONAL"
NOT_PROFESSIONAL = (
    "This is a personal account. In the Instagram app, under Settings, Account type and tools, switch to a "
    "professional account, then connect again."
)
SWITCH_OFF = (
    2534041  # The owner does not let apps see the messages; the permission may be there all the same.
)


def read_profile(graph: Graph, token: Secret) -> JSONObject:
    """Who the token is of: `user_id` is the id that webhooks name, `id` the one of the login."""
    return unwrapped(graph.get("me", token=token, params={"fields": FIELDS}))


def unwrapped(answer: JSON) -> JSONObject:
    """The object of an answer, which Instagram sends now by itself and now as the only row of a list."""
    rows = objects_in(object_of(answer).get("data"))
    return rows[0] if rows else object_of(answer)


def is_personal(profile: JSONObject) -> bool:
    """Whether it is an account that apps are not let into."""
    return text_of(profile.get("account_type")) == PERSONAL


def look_at_messages(graph: Graph, token: Secret) -> JSON:
    """The newest conversation, as the only row of a list; raises what keeps us from the account's messages."""
    params = {"platform": "instagram", "limit": "1", "fields": "id,updated_time"}
    return graph.get("me/conversations", token=token, params=params)


def permissions_behind(graph: Graph, token: Secret) -> tuple[str, ...]:
    """What was granted, where no answer says so: nobody gets a token without the first of them."""
    try:
        look_at_messages(graph, token)
    except Refused as error:
        return (BASIC,) if is_permission_missing(error) else (BASIC, MESSAGES)
    return (BASIC, MESSAGES)


def is_permission_missing(error: PlatformError) -> bool:
    """Whether the person did not grant what was asked for, or took it back."""
    return isinstance(error, PermissionMissing) and error.words.subcode != SWITCH_OFF
