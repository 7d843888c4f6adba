from __future__ import annotations

from dataclasses import replace

from backend.lib.json_types import JSON
from backend.lib.reading import id_of, text_of
from backend.platforms.errors import Malformed
from backend.platforms.instagram import tokens
from backend.platforms.instagram.compose import compose
from backend.platforms.instagram.info import LOGIN_FIELDS, LOGIN_INFO
from backend.platforms.instagram.parse import parse
from backend.platforms.instagram.probe import inspect_account
from backend.platforms.instagram.profile import NOT_PROFESSIONAL, is_personal, read_profile
from backend.platforms.instagram.signals import compose_signal
from backend.platforms.meta import profiles
from backend.platforms.meta.graph import Graph, node
from backend.platforms.meta.history import read_history
from backend.platforms.meta.media import link_in_message
from backend.platforms.meta.page_list import reason_of_missing
from backend.platforms.meta.pages import confirm
from backend.platforms.meta.profiles import INSTAGRAM_FIELDS
from backend.platforms.meta.sending import send_message, show_signal
from backend.platforms.meta.usage import WHOLE_APP
from backend.platforms.port import (
    Account,
    AccountHealth,
    Allowance,
    AnyNotice,
    App,
    ContactCard,
    FileLink,
    Grant,
    HistoryPage,
    Login,
    OutboundMessage,
    Profile,
    Signal,
    UploadFile,
    WantedFile,
)

UNNAMED = "Instagram did not say which account this is. Connect again; if it stays, report it to support."


class InstagramLoginAdapter:
    """Instagram without a Facebook Page: the account logs in as itself, and there is one for each grant."""

    info = LOGIN_INFO

    def __init__(self, graph: Graph, app: App) -> None:
        self.graph = graph
        self.app = app

    def authorize_url(self, *, state: str, redirect_uri: str, rerequest: tuple[str, ...] = ()) -> str:
        """Where the browser goes to grant access; asking again, the page wants the password and shows everything."""
        return tokens.authorize_url(
            self.app, self.info.scopes, state=state, redirect_uri=redirect_uri, rerequest=bool(rerequest)
        )

    def exchange_code(self, *, code: str, redirect_uri: str) -> Grant:
        """The grant of sixty days behind a code of the page."""
        return tokens.exchange_code(
            self.graph, self.app, self.info.scopes, code=code, redirect_uri=redirect_uri
        )

    def renew(self, grant: Grant) -> Grant:
        """The grant with sixty more days. One that is younger than a day is refused (`PlatformInfo.fresh_above`)."""
        return tokens.renew(self.graph, self.app, grant)

    def revoke(self, grant: Grant) -> None:
        """Nothing: Instagram has no call for it. The person removes the app in Instagram's settings."""

    def list_accounts(self, grant: Grant) -> list[Account]:
        """The account that logged in; with the reason, where it cannot be used."""
        profile = read_profile(self.graph, grant.token)
        account_id, username = id_of(profile.get("user_id")), text_of(profile.get("username"))
        scoped_id = id_of(profile.get("id"))
        name = text_of(profile.get("name")) or username or account_id
        reason = NOT_PROFESSIONAL if is_personal(profile) else None
        account = Account(
            account_id=account_id or scoped_id,
            name=name,
            token=grant.token,
            platform_account_id=account_id,
            platform_account_name=name,
            username=username,
            picture_url=text_of(profile.get("profile_picture_url")),
            metadata={"username": username},
            reason=reason or reason_of_missing(grant, self.info.required_permissions),
            login=Login.INSTAGRAM,
            app_scoped_id=scoped_id,
        )
        return [account if account_id else replace(account, reason=UNNAMED)]

    def subscribe(self, account: Account) -> None:
        """Let Instagram send the account's webhooks to us. Safe to repeat."""
        form = {"subscribed_fields": ",".join(LOGIN_FIELDS)}
        confirm(self.graph.post(_subscriptions_of(account), token=account.token, form=form, repeatable=True))

    def unsubscribe(self, account: Account, *, shared: bool = False) -> None:
        """Stop the account's webhooks, unless another connected account shares them. Safe to repeat."""
        if not shared:
            confirm(self.graph.delete(_subscriptions_of(account), token=account.token))

    def inspect(self, account: Account, grant: Grant) -> AccountHealth:
        """What works and what does not. Changes nothing at Instagram."""
        return inspect_account(self.graph, self.app, account, grant)

    def parse(self, payload: JSON) -> list[AnyNotice]:
        """Every fact of one webhook event, in Meta's order. Never raises."""
        return parse(payload)

    def history(self, account: Account, *, cursor: str | None, size: int) -> HistoryPage:
        """So many of the account's conversations from the cursor on, with what can be read of them. One call."""
        path = "me/conversations"
        return read_history(
            self.graph, path, account.token, account, platform=self.info.slug, cursor=cursor, size=size
        )

    def read_profile(self, account: Account, contact: ContactCard) -> Profile:
        """What Instagram shows of the person."""
        return profiles.read_profile(self.graph, contact, account.token, INSTAGRAM_FIELDS)

    def find_file(self, account: Account, wanted: WantedFile) -> FileLink:
        """A fresh link to a file that came with a message. Raises Refused where Instagram has it no more."""
        return link_in_message(self.graph, account.token, wanted)

    def send(self, account: Account, message: OutboundMessage) -> str:
        """Deliver a message; Instagram's id of it."""
        return send_message(self.graph, compose(account, message), account.token)

    def allowance(self, account: Account) -> Allowance:
        """What Meta said of the account's allowance with its last answers; asks nothing."""
        return self.graph.usage.allowance((account.account_id, account.app_scoped_id, WHOLE_APP))

    def upload(self, account: Account, file: UploadFile) -> str:
        """Nothing: by this login Instagram takes no files, it fetches them (`uploads_last` is None)."""
        raise Malformed("By Instagram's own login no file can be handed in.")

    def signal(self, account: Account, signal: Signal) -> None:
        """Show a read receipt, a typing indicator or a reaction."""
        show_signal(self.graph, compose_signal(account, signal), account.token, signal)


def _subscriptions_of(account: Account) -> str:
    return f"{node(account.account_id)}/subscribed_apps"
