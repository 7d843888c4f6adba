"""What a customer does, by way of the control door."""

from typing import Any

from backend.simulator.kinds.perform import kind_of, perform
from backend.simulator.records import PLATFORMS, WHATSAPP, Customer
from backend.simulator.refused import Refused
from backend.simulator.seed import new_customer
from backend.simulator.simulation import Simulation
from backend.simulator.world import Account

Json = dict[str, Any]


async def inbound(sim: Simulation, params: Json) -> Json:
    """A customer writes, taps or reads."""
    platform = platform_of(params)
    kind = str(params.get("kind") or "text")
    kind_of(platform, kind)
    account = account_of(sim, platform, params)
    customer = customer_of(sim, platform, account, params)
    act_id, told = perform(sim, account, customer, kind, params)
    answer: Json = {"ids": [act_id], "platform": platform, "accountId": account.id, "from": customer.id}
    if told:
        return answer
    reason = (
        "the app is not subscribed to this kind of event"
        if sim.world.is_subscribed(account)
        else "the app is not subscribed to this account"
    )
    return {**answer, "delivered": False, "note": f"kept in the world, but no webhook: {reason}"}


def platform_of(params: Json) -> str:
    platform = str(params.get("platform") or "").upper()
    if platform not in PLATFORMS:
        raise Refused(f"platform is one of {', '.join(PLATFORMS)}")
    return platform


def account_of(sim: Simulation, platform: str, params: Json) -> Account:
    """The account named, else the one of the platform that was connected last."""
    wanted = str(params.get("accountId") or "")
    if not wanted:
        account = sim.world.last_connected(platform)
        if account is None:
            raise Refused(f"no account of {platform} is connected yet: connect one, or give accountId", 409)
        return account
    found = sim.world.account(platform, wanted)
    if found is None and platform == WHATSAPP and sim.world.numbers_of(wanted):
        found = sim.world.numbers_of(wanted)[0]
    if found is None:
        raise Refused(f"{platform} has no account with id {wanted}; GET /sim/world lists them")
    return found


def customer_of(sim: Simulation, platform: str, account: Account, params: Json) -> Customer:
    """The customer named, made on demand, else the first one of the account."""
    key, name = str(params.get("from") or "").strip(), str(params.get("name") or "")
    if not key:
        return sim.world.customers_of[account.id][0]
    known = sim.world.customer(account.id, key)
    if platform == WHATSAPP and not key.startswith("US."):
        key = "".join(filter(str.isdigit, key))
        known = known or sim.world.customer(account.id, key)
    if not key or len(key) > 64:
        raise Refused(
            "from is the id of a customer"
            + (": the digits of a phone number" if platform == WHATSAPP else "")
        )
    return known or new_customer(sim.world, platform, account.id, key=key, name=name)
