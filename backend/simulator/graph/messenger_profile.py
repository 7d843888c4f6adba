"""What Messenger shows before the first word: the greeting, the button to begin, questions, the menu."""

from typing import Any

from backend.simulator.graph.access import need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import bad_parameter, missing_parameter, page_token_needed
from backend.simulator.graph.subscriptions import words
from backend.simulator.records import Page, Token

Json = dict[str, Any]

PROPERTIES = (
    "get_started",
    "greeting",
    "ice_breakers",
    "persistent_menu",
    "whitelisted_domains",
    "account_linking_url",
    "commands",
)


def check_access(token: Token) -> None:
    if token.kind != "PAGE":
        raise page_token_needed()
    need_scope(token, "pages_messaging", code=10)


async def show(call: Call, token: Token, page: Page) -> Json:
    """The properties asked for that are set."""
    check_access(token)
    wanted = named(call)
    shown = {name: value for name, value in page.profile.items() if name in wanted}
    return {"data": [shown] if shown else []}


async def change(call: Call, token: Token, page: Page) -> Json:
    """Set what is given, leave the rest."""
    check_access(token)
    given = {name: call.json(name) for name in PROPERTIES if name in call.params}
    if not given:
        raise bad_parameter(f"Requires one of the params: {', '.join(PROPERTIES)}")
    if "persistent_menu" in given and not ({"get_started"} & {*given, *page.profile}):
        raise bad_parameter(
            "You must set a Get Started button if you also wish to use persistent menu", 2018145
        )
    page.profile = {**page.profile, **given}
    call.sim.world.pages.put(page)
    return {"result": "success"}


async def remove(call: Call, token: Token, page: Page) -> Json:
    """Unset the properties named."""
    check_access(token)
    gone = named(call)
    page.profile = {name: value for name, value in page.profile.items() if name not in gone}
    call.sim.world.pages.put(page)
    return {"result": "success"}


def named(call: Call) -> list[str]:
    fields = words(call.json("fields"))
    if not fields:
        raise missing_parameter("fields")
    unknown = [name for name in fields if name not in PROPERTIES]
    if unknown:
        raise bad_parameter(f"Param fields[0] must be one of {{{', '.join(PROPERTIES)}}} - got {unknown[0]}")
    return fields
