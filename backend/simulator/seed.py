"""The world at first start, and the accounts that a new business owner brings along."""

import secrets
from itertools import cycle, islice

from backend.simulator import ids
from backend.simulator.records import (
    INSTAGRAM,
    MESSENGER,
    WHATSAPP,
    BusinessAccount,
    Customer,
    InstagramAccount,
    Page,
    PhoneNumber,
    User,
)
from backend.simulator.world import World

ALL_TASKS = ["ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE"]
FIRST_NAMES = [
    "Amelia",
    "Bruno",
    "Chiara",
    "Daniel",
    "Elena",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Katja",
    "Liam",
    "Mina",
    "Noah",
    "Olga",
    "Pavel",
    "Rosa",
    "Tariq",
]
LAST_NAMES = [
    "Baker",
    "Costa",
    "Dahl",
    "Evans",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jensen",
    "Kowalski",
    "Lopez",
    "Moreau",
    "Novak",
    "Okafor",
    "Petit",
    "Rossi",
]


def seed(world: World) -> None:
    """Fill an empty world; one that holds people already is left alone."""
    if len(world.users):
        return
    add_owner(world, key="demo-shop", name="Demo Owner")
    add_owner(world, key="rival-shop", name="Rival Owner")
    add_agency(world)
    pageless = User(id=ids.user_id(), name="Pageless Person")
    world.users.put(pageless)
    add_lone_instagram(world, pageless, "Atelier Ohne Seite", username="atelier.ohne.seite")


def add_owner(world: World, *, key: str, name: str) -> User:
    """A person with one account on each platform, known by the key of a business."""
    user = User(id=ids.user_id(), name=name, owner=key)
    world.users.put(user)
    page = add_page(world, user, "Mock Messenger Account", category="Shopping & retail")
    add_instagram(
        world, page, "Mock Instagram Account", username=f"mock_instagram_{len(world.instagrams) + 1}"
    )
    account = add_business_account(world, user, "Mock WhatsApp Account")
    add_number(world, account, "Mock WhatsApp Account")
    return user


def owner_with_key(world: World, key: str, name: str = "") -> User:
    """The person of that business, made on demand."""
    known = next((user for user in world.users if user.owner == key), None)
    return known or add_owner(world, key=key, name=name or f"Owner of {key}")


def add_agency(world: World) -> None:
    """A person with many accounts, each with its own catch."""
    user = User(id=ids.user_id(), name="Agency Person")
    world.users.put(user)
    bakery = add_page(world, user, "Northside Bakery", category="Bakery")
    add_instagram(world, bakery, "Northside Bakery", username="northside.bakery")
    add_page(world, user, "Harbour Cycles", category="Bicycle shop")
    # Somebody took the right to answer messages away from this person.
    add_page(world, user, "Velvet Hair Studio", category="Hair salon", tasks=["ANALYZE", "ADVERTISE"])
    group = add_business_account(world, user, "Northside Group")
    add_number(world, group, "Northside Bakery")
    add_number(world, group, "Northside Catering")
    add_number(world, add_business_account(world, user, "Harbour Cycles"), "Harbour Cycles")


def add_page(world: World, user: User, name: str, *, category: str, tasks: list[str] | None = None) -> Page:
    page = Page(
        id=ids.page_id(), user_id=user.id, name=name, category=category, tasks=tasks or list(ALL_TASKS)
    )
    world.pages.put(page)
    add_customers(world, MESSENGER, page.id)
    return page


def add_instagram(world: World, page: Page, name: str, *, username: str) -> InstagramAccount:
    account = InstagramAccount(
        id=ids.instagram_id(), user_id=page.user_id, page_id=page.id, username=username, name=name
    )
    world.instagrams.put(account)
    page.instagram_id = account.id
    world.pages.put(page)
    add_customers(world, INSTAGRAM, account.id)
    return account


def add_lone_instagram(world: World, user: User, name: str, *, username: str) -> InstagramAccount:
    """An Instagram account without a Page: Instagram Login reaches it, Facebook's does not."""
    account = InstagramAccount(
        id=ids.instagram_id(), user_id=user.id, page_id="", username=username, name=name
    )
    world.instagrams.put(account)
    add_customers(world, INSTAGRAM, account.id)
    return account


def add_business_account(world: World, user: User, name: str) -> BusinessAccount:
    account = BusinessAccount(id=ids.business_account_id(), user_id=user.id, name=name)
    world.business_accounts.put(account)
    return account


def add_number(world: World, account: BusinessAccount, name: str) -> PhoneNumber:
    display = f"+1 555-{secrets.randbelow(900) + 100}-{secrets.randbelow(9000) + 1000}"
    number = PhoneNumber(id=ids.phone_number_id(), business_account_id=account.id, display=display, name=name)
    world.numbers.put(number)
    add_customers(world, WHATSAPP, number.id)
    return number


def add_customers(world: World, platform: str, account_id: str, how_many: int = 2) -> None:
    start = secrets.randbelow(len(FIRST_NAMES))
    for first in islice(cycle(FIRST_NAMES), start, start + how_many):
        new_customer(world, platform, account_id, name=f"{first} {secrets.choice(LAST_NAMES)}")


def new_customer(world: World, platform: str, account_id: str, *, key: str = "", name: str = "") -> Customer:
    """A person who can write to the account; without an id one of the platform's shape is made."""
    name = name or f"{secrets.choice(FIRST_NAMES)} {secrets.choice(LAST_NAMES)}"
    known_elsewhere = world.people.get(key, [])
    scoped = next((person.user_id for person in known_elsewhere if person.user_id), "") or ids.bsuid()
    return world.add_customer(
        Customer(
            id=key or CUSTOMER_IDS[platform](),
            platform=platform,
            account_id=account_id,
            name=name,
            username=username_for(name) if platform == INSTAGRAM else "",
            user_id=scoped if platform == WHATSAPP else "",
        )
    )


def username_for(name: str) -> str:
    plain = "".join(letter for letter in name.lower().replace(" ", ".") if letter.isascii())
    return f"{plain}{secrets.randbelow(90) + 10}"


def phone_digits() -> str:
    return f"1650{secrets.randbelow(9_000_000) + 1_000_000}"


CUSTOMER_IDS = {MESSENGER: ids.psid, INSTAGRAM: ids.igsid, WHATSAPP: phone_digits}
