from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, object_of, text_of
from backend.lib.secret import Secret
from backend.platforms.errors import Refused
from backend.platforms.instagram.compose import compose
from backend.platforms.instagram.info import INFO, SUBSCRIBED_FIELDS
from backend.platforms.instagram.parse import parse
from backend.platforms.instagram.signals import compose_signal
from backend.platforms.meta.finding import Finding, Look, well, wrong
from backend.platforms.meta.graph import node
from backend.platforms.meta.page_list import page_token_of, picture_of, reason_against
from backend.platforms.meta.pages import PageAdapter
from backend.platforms.meta.profiles import INSTAGRAM_FIELDS, read_profile
from backend.platforms.port import (
    Account,
    AnyNotice,
    ContactCard,
    Grant,
    GraphCall,
    OutboundMessage,
    Profile,
    Signal,
)

PROFILE_FIELDS = "id,username,name,profile_picture_url"
NOT_LINKED = (
    "No professional Instagram account is linked to this Page. "
    "Link it in the Page's settings, then connect again."
)

PERSONAL = (
    "The Instagram account {name} is a personal one. Make it a professional account in the Instagram app, under "
    "Settings, Account type and tools, then connect again."
)
LINKED = "account_linked"
UNLINKED = "The Page is not linked to a professional Instagram account any more."
LINKED_TO_ANOTHER = "The Page is linked to another Instagram account now."
LINK_AGAIN = "Link the Instagram account in the Page's settings; if another one is meant, connect again."


class InstagramAdapter(PageAdapter):
    """Instagram through a Facebook Page: the account is the professional account that is linked to it."""

    info = INFO
    subscribed_fields = SUBSCRIBED_FIELDS
    upload_form: ClassVar[Mapping[str, str]] = {"platform": "instagram"}
    page_fields = (
        "id",
        "name",
        "access_token",
        "tasks",
        "picture",
        f"instagram_business_account{{{PROFILE_FIELDS}}}",
        "connected_instagram_account{id,username}",
    )

    def account_of(self, page: JSONObject, grant: Grant) -> Account:
        """The linked account; a Page without one stands for itself, with the reason."""
        page_id = id_of(page.get("id"))
        token = page_token_of(page, grant)
        profile = self._profile_of(page, token)
        account_id, username = id_of(profile.get("id")), text_of(profile.get("username"))
        page_name = text_of(page.get("name")) or page_id
        name = text_of(profile.get("name")) or username or page_name
        reason = reason_against(page, grant, self.info.required_permissions)
        return Account(
            account_id=account_id or page_id,
            name=name,
            token=token,
            platform_account_id=account_id,
            platform_account_name=name,
            username=username,
            page_id=page_id,
            page_name=page_name,
            page_token=token if text_of(page.get("access_token")) else None,
            picture_url=text_of(profile.get("profile_picture_url")) or picture_of(page),
            metadata={"username": username},
            reason=reason or (None if account_id else _why_unlinked(page)),
        )

    def read_name(self, account: Account) -> str:
        """The account's present name."""
        profile = self._read_profile(account.account_id, account.page_token or account.token)
        return text_of(profile.get("name")) or text_of(profile.get("username"))

    def looks(self, account: Account) -> tuple[Look, ...]:
        """Whether the Page is still linked to the account."""
        return (Look(LINKED, lambda: self._look_at_link(account)),)

    def parse(self, payload: JSON) -> list[AnyNotice]:
        """Every fact of one webhook event, in Meta's order. Never raises."""
        return parse(payload)

    def read_profile(self, account: Account, contact: ContactCard) -> Profile:
        """What Instagram shows of the person."""
        return read_profile(self.graph, contact, account.page_token or account.token, INSTAGRAM_FIELDS)

    def compose(self, account: Account, message: OutboundMessage) -> GraphCall:
        """The request that sends the message."""
        return compose(account, message)

    def compose_signal(self, account: Account, signal: Signal) -> GraphCall:
        """The request that shows the signal."""
        return compose_signal(account, signal)

    def _look_at_link(self, account: Account) -> Finding:
        params = {"fields": "instagram_business_account"}
        token = account.page_token or account.token
        page = object_of(self.graph.get(node(account.page_id), token=token, params=params))
        linked = id_of(object_of(page.get("instagram_business_account")).get("id"))
        if not linked:  # Meta leaves the word out where there is none.
            return Finding(checks=(wrong(LINKED, UNLINKED, LINK_AGAIN),))
        if linked != account.account_id:
            return Finding(checks=(wrong(LINKED, LINKED_TO_ANOTHER, LINK_AGAIN),))
        return Finding(checks=(well(LINKED, "The Instagram account is linked to its Page."),))

    def _profile_of(self, page: JSONObject, token: Secret) -> JSONObject:
        """The linked account, which the Page may name by its id only; empty where none is linked."""
        profile = object_of(page.get("instagram_business_account"))
        account_id = id_of(profile.get("id"))
        if not account_id or "username" in profile:
            return profile
        try:
            return self._read_profile(account_id, token) | {"id": account_id}
        except Refused:
            return profile

    def _read_profile(self, account_id: str, token: Secret) -> JSONObject:
        return object_of(self.graph.get(node(account_id), token=token, params={"fields": PROFILE_FIELDS}))


def _why_unlinked(page: JSONObject) -> str:
    """Why the Page has no professional account: it has a personal one, or none at all."""
    personal = object_of(page.get("connected_instagram_account"))
    username = text_of(personal.get("username"))
    return (
        PERSONAL.format(name=f"@{username}" if username else "linked to this Page")
        if personal
        else NOT_LINKED
    )
