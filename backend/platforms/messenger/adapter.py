from __future__ import annotations

from backend.lib.json_types import JSON, JSONObject
from backend.lib.reading import id_of, object_of, text_of
from backend.platforms.messenger.compose import compose
from backend.platforms.messenger.info import INFO, SUBSCRIBED_FIELDS
from backend.platforms.messenger.parse import parse
from backend.platforms.messenger.signals import compose_signal
from backend.platforms.meta.graph import node
from backend.platforms.meta.page_list import page_token_of, picture_of, reason_against
from backend.platforms.meta.pages import PageAdapter
from backend.platforms.meta.profiles import MESSENGER_FIELDS, read_profile
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


class MessengerAdapter(PageAdapter):
    """Messenger: the account is a Facebook Page."""

    info = INFO
    subscribed_fields = SUBSCRIBED_FIELDS
    page_fields = ("id", "name", "access_token", "tasks", "picture")

    def account_of(self, page: JSONObject, grant: Grant) -> Account:
        """The Page as an account, with the reason where it cannot be chosen."""
        page_id = id_of(page.get("id"))
        name = text_of(page.get("name")) or page_id
        token = page_token_of(page, grant)
        return Account(
            account_id=page_id,
            name=name,
            token=token,
            platform_account_id=page_id,
            platform_account_name=name,
            page_id=page_id,
            page_name=name,
            page_token=token if text_of(page.get("access_token")) else None,
            picture_url=picture_of(page),
            reason=reason_against(page, grant, self.info.required_permissions),
        )

    def read_name(self, account: Account) -> str:
        """The Page's present name."""
        params = {"fields": "id,name"}
        page = self.graph.get(
            node(account.account_id), token=account.page_token or account.token, params=params
        )
        return text_of(object_of(page).get("name"))

    def parse(self, payload: JSON) -> list[AnyNotice]:
        """Every fact of one webhook event, in Meta's order. Never raises."""
        return parse(payload)

    def read_profile(self, account: Account, contact: ContactCard) -> Profile:
        """What Facebook shows of the person."""
        return read_profile(self.graph, contact, account.page_token or account.token, MESSENGER_FIELDS)

    def compose(self, account: Account, message: OutboundMessage) -> GraphCall:
        """The request that sends the message."""
        return compose(account, message)

    def compose_signal(self, account: Account, signal: Signal) -> GraphCall:
        """The request that shows the signal."""
        return compose_signal(account, signal)
