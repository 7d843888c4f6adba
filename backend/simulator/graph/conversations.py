"""What was said, read back: conversations, their messages, and each message by its id."""

from collections.abc import Callable
from typing import Any

from backend.simulator.graph.access import messaging_scope, need_scope
from backend.simulator.graph.call import INSTAGRAM as INSTAGRAM_HOST
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import GraphError, bad_parameter, page_token_needed
from backend.simulator.graph.fields import ABSENT, Fields, parse_fields, select
from backend.simulator.graph.message_shapes import business, describe_message, person, time_of
from backend.simulator.graph.paging import address, paged
from backend.simulator.graph.sending import ACCESS_OFF, check_advanced_access
from backend.simulator.ids import conversation_id
from backend.simulator.records import (
    INSTAGRAM,
    MESSENGER,
    Conversation,
    Customer,
    InstagramAccount,
    Message,
    Page,
    Token,
)
from backend.simulator.simulation import Simulation

Json = dict[str, Any]

DETAILED = 20  # So many of the newest messages of a conversation can be read; older ones seem deleted.


async def list_conversations(call: Call, token: Token, account: Page | InstagramAccount) -> Json:
    """The account's conversations of one platform, the newest first."""
    account = account_of(call, token, account)
    platform = INSTAGRAM if isinstance(account, InstagramAccount) else MESSENGER
    need_scope(token, messaging_scope(token, platform), code=10)
    if isinstance(account, InstagramAccount) and not account.allows_messages:
        raise GraphError(ACCESS_OFF, 200, 2534041, status=403)
    wanted, world = call.text("user_id"), call.sim.world
    people = [one for one in world.customers_of[account.id] if spoken(call.sim, one)]
    people = [one for one in people if wanted in ("", one.id)]
    if any(one.id not in world.dashboard.testers for one in people):
        check_advanced_access(call.sim, platform)
    people.sort(key=lambda one: spoken(call.sim, one)[-1].at, reverse=True)
    rows = [(name, Conversation(id=name, customer=one)) for one in people if (name := name_of(one))]
    return paged(call, rows, lambda one: describe(call, one, call.fields, "id,updated_time"))


def account_of(call: Call, token: Token, account: Page | InstagramAccount) -> Page | InstagramAccount:
    """Whose conversations are meant: a Page speaks for itself and for the Instagram account behind it."""
    if token.kind not in ("PAGE", "INSTAGRAM"):
        raise page_token_needed()
    default = "messenger" if call.host != INSTAGRAM_HOST else "instagram"
    platform = call.text("platform", default).lower()
    if platform not in ("messenger", "instagram"):
        raise bad_parameter("Param platform must be one of {INSTAGRAM, MESSENGER}")
    if isinstance(account, InstagramAccount) or platform == "messenger":
        return account
    linked = call.sim.world.instagram_of(account)
    if linked is None:
        raise bad_parameter("The Page is not linked to an Instagram account", 2534013)
    return linked


def name_of(customer: Customer) -> str:
    return conversation_id(customer.platform, customer.key)


def spoken(sim: Simulation, customer: Customer) -> list[Message]:
    """The messages of the conversation, oldest first, without signals and what never arrived."""
    thread = sim.world.thread(customer)
    return [one for one in thread if not one.is_signal and one.status != "failed"]


async def show_conversation(call: Call, token: Token, conversation: Conversation) -> Json:
    need_scope(token, messaging_scope(token, conversation.customer.platform), code=10)
    return describe(call, conversation, call.fields, "id,updated_time")


async def list_messages(call: Call, token: Token, conversation: Conversation) -> Json:
    """The messages of the conversation, the newest first."""
    need_scope(token, messaging_scope(token, conversation.customer.platform), code=10)
    newest = spoken(call.sim, conversation.customer)[::-1]
    fields = call.fields or parse_fields("id,created_time")
    return paged(call, [(one.id, one) for one in newest], lambda one: row_of(call, one, fields))


def describe(call: Call, conversation: Conversation, fields: Fields, default: str) -> Json:
    customer = conversation.customer
    said = spoken(call.sim, customer)
    getters: dict[str, Callable[[Conversation, Fields], Any]] = {
        "id": lambda one, _: one.id,
        "updated_time": lambda one, _: time_of(said[-1].at) if said else ABSENT,
        "participants": lambda one, _: {"data": [person(customer), business(call.sim, customer)]},
        "messages": lambda one, below: first_messages(call, said, below),
        "message_count": lambda one, _: len(said),
        "unread_count": lambda one, _: sum(m.inbound and m.at > customer.seen_at for m in said),
        "snippet": lambda one, _: said[-1].text if said else "",
        "link": lambda one, _: f"/{customer.account_id}/inbox/{one.id}/",
        "is_owner": lambda one, _: True,
        "can_reply": lambda one, _: call.sim.clock.now() - customer.wrote_at <= 86_400,
    }
    return select(conversation, fields, getters, default, "UnifiedThread")


def first_messages(call: Call, said: list[Message], below: Fields) -> Json:
    """The newest messages inside a conversation; those beyond are reached by its own edge."""
    newest = said[::-1]
    shown = newest[: below.limit]
    fields = below or parse_fields("id,created_time")
    answer: Json = {"data": [row_of(call, one, fields) for one in shown]}
    if not shown:
        return answer
    paging: Json = {"cursors": {"before": shown[0].id, "after": shown[-1].id}}
    if len(shown) < len(newest):
        customer = call.sim.world.customer(shown[0].account_id, shown[0].customer_id)
        assert customer is not None  # Whoever takes part is known.
        edge = [name_of(customer), "messages"]
        paging["next"] = address(call, below.limit, path=edge, fields=",".join(fields), after=shown[-1].id)
    return {**answer, "paging": paging}


def row_of(call: Call, message: Message, fields: Fields) -> Json:
    """A message in a list: in full while it is new enough, else only that it was there."""
    if is_recent(call.sim, message):
        return describe_message(call, message, fields)
    return {"id": message.id, "created_time": time_of(message.at)}


async def show_message(call: Call, token: Token, message: Message) -> Json:
    """One message; beyond the newest ones of its conversation Meta says that it was deleted."""
    need_scope(token, messaging_scope(token, message.platform), code=10)
    if not is_recent(call.sim, message):
        raise GraphError("The message has been deleted.", 9000001)
    return describe_message(call, message, call.fields or parse_fields("id,created_time"))


def is_recent(sim: Simulation, message: Message) -> bool:
    customer = sim.world.customer(message.account_id, message.customer_id)
    return customer is not None and message in spoken(sim, customer)[-DETAILED:]
