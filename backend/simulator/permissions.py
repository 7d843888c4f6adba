"""The permissions an app can ask for, and the accounts each one is about."""

from backend.simulator.records import BusinessAccount, InstagramAccount, Page, Record
from backend.simulator.world import World

# Permission -> the kind of account that a person chooses for it; None: it is about the person.
PERMISSIONS: dict[str, type[Record] | None] = {
    "public_profile": None,
    "email": None,
    "business_management": None,
    "pages_show_list": Page,
    "pages_messaging": Page,
    "pages_manage_metadata": Page,
    "pages_read_engagement": Page,
    "pages_read_user_content": Page,
    "pages_manage_engagement": Page,
    "pages_utility_messaging": Page,
    "instagram_basic": InstagramAccount,
    "instagram_manage_messages": InstagramAccount,
    "instagram_manage_comments": InstagramAccount,
    "whatsapp_business_management": BusinessAccount,
    "whatsapp_business_messaging": BusinessAccount,
}
# What Instagram Login asks for; the first is not optional.
INSTAGRAM_PERMISSIONS = (
    "instagram_business_basic",
    "instagram_business_manage_messages",
    "instagram_business_manage_comments",
    "instagram_business_content_publish",
)
ALWAYS_GRANTED = "public_profile"


def targets(world: World, scope: str, accounts: list[str]) -> list[str]:
    """The chosen accounts that the permission is about."""
    kind = PERMISSIONS.get(scope)
    return [key for key in accounts if kind is not None and type(world.node(key)) is kind]


def reachable(world: World, user_id: str) -> list[str]:
    """Every account that the person could choose: Pages, Instagram accounts, business accounts."""
    shelves = (world.pages, world.instagrams, world.business_accounts)
    owned = [account for shelf in shelves for account in shelf if account.user_id == user_id]
    return [account.id for account in owned if can_choose(world, user_id, account)]


def can_choose(world: World, user_id: str, account: Record) -> bool:
    """Whether Facebook's dialog offers the account: a role on the Page, a Page behind the Instagram account."""
    page = world.page_of(account) if isinstance(account, Page | InstagramAccount) else None
    if isinstance(account, InstagramAccount) and page is None:
        return False
    return page is None or user_id not in page.left_by


def with_companions(world: World, chosen: list[str]) -> list[str]:
    """The chosen accounts and what hangs on them, such as a Page's Instagram account."""
    found: dict[str, None] = {}
    for key in chosen:
        page, instagram, number = (world.pages.get(key), world.instagrams.get(key), world.numbers.get(key))
        linked = (
            linked.id if (linked := world.instagram_of(page) if page else None) else "",
            instagram.page_id if instagram else "",
            number.business_account_id if number else key,
        )
        found.update(dict.fromkeys(filter(None, linked)))
    return list(found)
