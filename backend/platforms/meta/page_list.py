"""The Pages that a grant reaches, and why one of them cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from backend.lib.json_types import JSONObject
from backend.lib.reading import id_of, list_of, object_of, text_of
from backend.lib.secret import Secret
from backend.platforms.errors import Refused
from backend.platforms.meta.graph import Graph, node
from backend.platforms.meta.together import all_of
from backend.platforms.port import Grant

MESSAGING_TASK = "MESSAGING"
# Permissions whose `target_ids` are Pages: what to ask one by one where the list of Pages comes back empty.
PAGE_PERMISSIONS = ("pages_messaging", "pages_show_list", "pages_manage_metadata")


def list_pages(graph: Graph, grant: Grant, fields: Iterable[str]) -> list[JSONObject]:
    """Every Page of the grant. Where Meta lists none, those that the permissions name one by one."""
    params = {"fields": ",".join(fields)}
    pages = graph.get_all("me/accounts", token=grant.token, params=params | {"limit": "100"})
    if pages:
        return pages
    targets = [target for name in PAGE_PERMISSIONS for target in grant.targets.get(name, ())]
    return all_of([partial(_read_page, graph, grant, each, params) for each in dict.fromkeys(targets)])


def _read_page(graph: Graph, grant: Grant, page_id: str, params: dict[str, str]) -> JSONObject:
    try:
        return object_of(graph.get(node(page_id), token=grant.token, params=params)) | {"id": page_id}
    except Refused:
        return {"id": page_id}  # Listed all the same, as a Page without a token.


def reason_against(page: JSONObject, grant: Grant, required: Iterable[str]) -> str | None:
    """Why this Page cannot be used, for a person; None: it can."""
    if lacking := reason_of_missing(grant, required):
        return lacking
    limited_to = grant.targets.get("pages_messaging", ())
    if limited_to and id_of(page.get("id")) not in limited_to:
        return "This Page was not chosen in the dialog. Connect again and choose it there."
    if "tasks" in page and MESSAGING_TASK not in list_of(page.get("tasks")):
        return "You may not answer this Page's messages. Ask an admin of the Page for the task Messages."
    if not text_of(page.get("access_token")):
        return "Facebook gave no access to this Page. Ask its owner for full access, then connect again."
    return None


def reason_of_missing(grant: Grant, required: Iterable[str]) -> str | None:
    """Which permissions the grant lacks, for a person; None: it has them all."""
    missing = [name for name in required if name not in grant.permissions]
    return f"A permission is missing: {', '.join(missing)}. Connect again and allow it." if missing else None


def page_token_of(page: JSONObject, grant: Grant) -> Secret:
    """The Page's own token; for a Page that has none, and cannot be chosen, that of the login."""
    own = text_of(page.get("access_token"))
    return Secret(own) if own else grant.token


def picture_of(page: JSONObject) -> str:
    """The address of a Page's picture."""
    return text_of(object_of(object_of(page.get("picture")).get("data")).get("url"))
