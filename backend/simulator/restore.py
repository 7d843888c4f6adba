"""What people and Meta did to tokens, accounts and the app, undone; who is there stays."""

from backend.simulator.world import World

# How a number is rated and treated at first.
NUMBER_AT_FIRST = {
    "status": "CONNECTED",
    "quality": "GREEN",
    "name_status": "APPROVED",
    "throughput": "STANDARD",
    "limit": "TIER_250",
}


def restore(world: World) -> None:
    """Every token is as good as when it was given out, every account is as it was at first."""
    restore_logins(world)
    for page in world.pages:
        page.unlinked, page.left_by = False, []
        world.pages.put(page)
    for account in world.instagrams:
        account.account_type, account.allows_messages = "BUSINESS", True
        world.instagrams.put(account)
    for customer in world.customers:
        customer.phone, customer.hides_phone, customer.withheld = "", False, ""
        world.customers.put(customer)
    for number in world.numbers:
        for name, value in NUMBER_AT_FIRST.items():
            setattr(number, name, value)
        number.registrations = []
        world.numbers.put(number)


def restore_logins(world: World) -> None:
    for token in world.tokens:
        token.revoked, token.revoked_scopes, token.reason = False, [], 0
        world.tokens.put(token)
    for user in world.users:
        user.declined, user.granted, user.data_access_ends_at = [], [], 0
        world.users.put(user)
    world.dashboards.clear()
