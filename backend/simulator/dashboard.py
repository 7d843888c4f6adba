"""The app's own pages at Meta, by way of the control door: what its owner sets there."""

from collections.abc import Callable
from typing import Any

from backend.simulator.graph.instagram_oauth import ANSWERS
from backend.simulator.permissions import PERMISSIONS
from backend.simulator.records import INSTAGRAM, MESSENGER, PLATFORMS, WHATSAPP, Dashboard
from backend.simulator.refused import Refused
from backend.simulator.simulation import WEBHOOK_OBJECTS, Simulation

Json = dict[str, Any]


def is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def are_permissions(value: Any) -> bool:
    return is_list_of_texts(value) and all(one in PERMISSIONS for one in value)


def are_configurations(value: Any) -> bool:
    return isinstance(value, dict) and all(map(are_permissions, value.values()))


WEBHOOK_WORDS: dict[str, Callable[[Any], bool]] = {
    "callbackUrl": lambda value: isinstance(value, str),
    "fields": is_list_of_texts,
    "active": is_switch,
}


def are_webhooks(value: Any) -> bool:
    return isinstance(value, dict) and all(
        name in WEBHOOK_OBJECTS
        and isinstance(one, dict)
        and all(word in WEBHOOK_WORDS and WEBHOOK_WORDS[word](given) for word, given in one.items())
        for name, one in value.items()
    )


# The setting -> its name in the record, what it may be, and that in words.
SETTINGS: dict[str, tuple[str, Callable[[Any], bool], str]] = {
    "redirectUris": ("redirect_uris", is_list_of_texts, "a list of addresses"),
    "developmentMode": ("development", is_switch, "true or false"),
    "testers": ("testers", is_list_of_texts, "a list of ids of customers"),
    "instagramTokenShape": ("instagram_answer", ANSWERS.__contains__, f"one of {', '.join(ANSWERS)}"),
    "instagramSigner": ("instagram_signer", ("instagram", "meta").__contains__, "instagram or meta"),
    "requireAppSecretProof": ("requires_proof", is_switch, "true or false"),
    "loginConfigurations": ("configurations", are_configurations, "ids with the permissions each asks for"),
    "webhooks": ("webhooks", are_webhooks, "objects with callbackUrl, fields or active"),
    "standardAccess": ("standard_access", are_permissions, "a list of permissions"),
}


async def change_dashboard(sim: Simulation, params: Json) -> Json:
    """Set what is named, leave the rest; everything as it is then."""
    board = Dashboard(**vars(sim.world.dashboard))
    for name, value in params.items():
        if name not in SETTINGS:
            raise Refused(f"there is no setting {name!r}; there are {', '.join(SETTINGS)}")
        field, fits, words = SETTINGS[name]
        if not fits(value):
            raise Refused(f"{name} is {words}")
        setattr(board, field, value)
    sim.world.dashboards.put(board)
    return await show_dashboard(sim, {})


async def show_dashboard(sim: Simulation, params: Json) -> Json:
    board = vars(sim.world.dashboard)
    return {"app": {name: board[field] for name, (field, _, _) in SETTINGS.items()}}


# The button "Test" beside a webhook field: an example that belongs to nobody.

PAGE_EXAMPLE: Json = {
    "sender": {"id": "12334"},
    "recipient": {"id": "23245"},
    "timestamp": "1527459824",
    "message": {"mid": "random_mid", "text": "random_text"},
}
WHATSAPP_EXAMPLE: Json = {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "16505551111", "phone_number_id": "123456123"},
    "contacts": [{"profile": {"name": "test user name"}, "wa_id": "16315551181"}],
    "messages": [
        {
            "from": "16315551181",
            "id": "ABGGFlA5Fpa",
            "timestamp": "1504902988",
            "type": "text",
            "text": {"body": "this is a text message"},
        }
    ],
}
EXAMPLES = {
    MESSENGER: ("page", PAGE_EXAMPLE),
    INSTAGRAM: ("instagram", PAGE_EXAMPLE),
    WHATSAPP: ("whatsapp_business_account", WHATSAPP_EXAMPLE),
}


async def press_test(sim: Simulation, params: Json) -> Json:
    """Deliver the example of the field `messages`."""
    platform = str(params.get("platform") or "").upper()
    if platform not in EXAMPLES:
        raise Refused(f"platform is one of {', '.join(PLATFORMS)}")
    name, value = EXAMPLES[platform]
    entry = {"id": "0", "time": int(sim.clock.now()), "changes": [{"field": "messages", "value": value}]}
    url = sim.app_subscription(name).callback_url
    sim.postman.take(sim.postman.new_event(name, url, "0", "", entry))
    return {"ids": ["random_mid" if value is PAGE_EXAMPLE else "ABGGFlA5Fpa"]}
