from collections import defaultdict
from collections.abc import Callable
from itertools import count

from backend.simulator.ids import conversation_id
from backend.simulator.records import (
    INSTAGRAM,
    MESSENGER,
    WHATSAPP,
    AppSubscription,
    BusinessAccount,
    Code,
    Conversation,
    Customer,
    Dashboard,
    InstagramAccount,
    Message,
    Page,
    PhoneNumber,
    Record,
    Template,
    Token,
    User,
)
from backend.simulator.store import Shelf, Store

Account = Page | InstagramAccount | PhoneNumber


class World:
    """What "Meta" remembers, with the ways to find it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.users = Shelf(store, User)
        self.pages = Shelf(store, Page)
        self.instagrams = Shelf(store, InstagramAccount)
        self.business_accounts = Shelf(store, BusinessAccount)
        self.numbers = Shelf(store, PhoneNumber)
        self.customers = Shelf(store, Customer)
        self.tokens = Shelf(store, Token)
        self.codes = Shelf(store, Code)
        self.messages = Shelf(store, Message)
        self.app_subscriptions = Shelf(store, AppSubscription)
        self.templates = Shelf(store, Template)
        self.dashboards = Shelf(store, Dashboard)
        self.threads: dict[str, list[Message]] = defaultdict(list)
        self.outbox: list[Message] = []
        self.page_tokens: dict[tuple[str, str], Token] = {}
        self.customers_of: dict[str, list[Customer]] = defaultdict(list)
        self.people: dict[str, list[Customer]] = defaultdict(list)
        self.conversations: dict[str, Customer] = {}
        self.build_indexes()
        self.sequence = count(self.highest_count() + 1)

    def build_indexes(self) -> None:
        for customer in self.customers:
            self.index_customer(customer)
        for message in self.messages:
            self.index_message(message)
        for thread in self.threads.values():
            thread.sort(key=lambda message: message.at)
        for token in self.tokens:
            self.index_token(token)

    def highest_count(self) -> int:
        counts = [number.touched for number in self.numbers]
        counts += [account.connected for account in self.business_accounts]
        counts += [value for page in self.pages for value in page.connected.values()]
        counts += [account.connected for account in self.instagrams]
        return max(counts, default=0)

    # Writing

    def add_customer(self, customer: Customer) -> Customer:
        self.customers.put(customer)
        self.index_customer(customer)
        return customer

    def index_customer(self, customer: Customer) -> None:
        self.customers_of[customer.account_id].append(customer)
        self.index_names(customer)
        self.conversations[conversation_id(customer.platform, customer.key)] = customer

    def rename_customer(self, customer: Customer) -> None:
        """The person has another number or user id; whoever asks by the former ones still finds them."""
        self.customers.put(customer)
        self.index_names(customer)

    def index_names(self, customer: Customer) -> None:
        for name in {customer.id, customer.phone, customer.user_id} - {""}:
            if customer not in self.people[name]:
                self.people[name].append(customer)

    def add_message(self, message: Message) -> Message:
        self.messages.put(message)
        self.index_message(message)
        return message

    def index_message(self, message: Message) -> None:
        self.threads[f"{message.account_id}/{message.customer_id}"].append(message)
        if not message.inbound:
            self.outbox.append(message)

    def sort_thread(self, customer: Customer) -> None:
        """Bring the conversation into the order of its times, after something old was added."""
        self.threads[customer.key].sort(key=lambda message: message.at)

    def add_token(self, token: Token) -> Token:
        self.tokens.put(token)
        self.index_token(token)
        return token

    def index_token(self, token: Token) -> None:
        if token.kind == "PAGE":
            self.page_tokens[token.parent, token.page_id] = token

    def forget_messages(self) -> None:
        """Forget what was said and when; accounts, people and tokens stay."""
        self.messages.clear()
        self.threads.clear()
        self.outbox.clear()
        for customer in self.customers:
            customer.wrote_at, customer.seen_at, customer.stopped_marketing = 0, 0, False
            self.customers.put(customer)

    # Finding

    def node(self, key: str) -> Record | None:
        """The thing behind a Graph id, unless it is a person who writes."""
        shelves = (
            self.pages,
            self.instagrams,
            self.numbers,
            self.business_accounts,
            self.users,
            self.messages,
            self.templates,
        )
        return next((found for shelf in shelves if (found := shelf.get(key)) is not None), None)

    def account(self, platform: str, key: str) -> Account | None:
        finders: dict[str, Callable[[str], Account | None]] = {
            MESSENGER: self.pages.get,
            INSTAGRAM: self.instagrams.get,
            WHATSAPP: self.numbers.get,
        }
        return finders[platform](key)

    def customer(self, account_id: str, name: str) -> Customer | None:
        """The person with this id, or business-scoped id, as the account sees them."""
        return next((person for person in self.people.get(name, ()) if person.account_id == account_id), None)

    def thread(self, customer: Customer) -> list[Message]:
        return self.threads.get(customer.key, [])

    def numbers_of(self, business_account_id: str) -> list[PhoneNumber]:
        return [number for number in self.numbers if number.business_account_id == business_account_id]

    def page_of(self, account: Page | InstagramAccount) -> Page | None:
        """The Page itself, or the one that the Instagram account is linked to now."""
        if isinstance(account, Page):
            return account
        page = self.pages.get(account.page_id)
        return page if page and self.instagram_of(page) is account else None

    def instagram_of(self, page: Page) -> InstagramAccount | None:
        """The professional account that is linked to the Page now."""
        account = self.instagrams.get(page.instagram_id)
        return account if account and account.is_professional and not page.unlinked else None

    def conversation(self, key: str) -> Conversation | None:
        customer = self.conversations.get(key)
        return Conversation(id=key, customer=customer) if customer else None

    @property
    def dashboard(self) -> Dashboard:
        """What the app's owner set; as it was at first until somebody changes it."""
        return self.dashboards.get("app") or Dashboard(id="app")

    def owner_of(self, key: str) -> User | None:
        """Who owns the Page, Instagram account, business account or number with this id."""
        number = self.numbers.get(key)
        shelves = (self.pages, self.instagrams, self.business_accounts)
        key = number.business_account_id if number else key
        owned = next((found for shelf in shelves if (found := shelf.get(key)) is not None), None)
        return self.users[owned.user_id] if owned else None

    def is_subscribed(self, account: Account) -> bool:
        """Whether the app gets webhooks of this account."""
        if isinstance(account, PhoneNumber):
            return self.business_accounts[account.business_account_id].subscribed
        by_itself = isinstance(account, InstagramAccount) and account.subscribed_fields
        page = self.page_of(account)
        return bool(by_itself or (page and page.subscribed_fields))

    def last_connected(self, platform: str) -> Account | None:
        """The account of the platform that was subscribed last; None when none is."""
        if platform == WHATSAPP:
            return self.last_connected_number()
        found: list[tuple[int, Account]] = [
            (page.connected[platform], page)
            for page in self.pages
            if page.subscribed_fields and platform in page.connected
        ]
        if platform == INSTAGRAM:
            found = [(count, self.instagrams[page.instagram_id]) for count, page in self.linked(found)]
            found += [(one.connected, one) for one in self.instagrams if one.subscribed_fields]
        return max(found, key=lambda pair: pair[0], default=(0, None))[1]

    def linked(self, found: list[tuple[int, Account]]) -> list[tuple[int, Page]]:
        return [(count, page) for count, page in found if isinstance(page, Page) and page.instagram_id]

    def last_connected_number(self) -> PhoneNumber | None:
        accounts = [account for account in self.business_accounts if account.subscribed]
        account = max(accounts, key=lambda account: account.connected, default=None)
        if account is None:
            return None
        # Of several numbers the one that was set up last is the one that the business chose.
        return max(self.numbers_of(account.id), key=lambda number: number.touched, default=None)
