from backend.simulator.clock import Clock
from backend.simulator.config import Config
from backend.simulator.faults import Faults
from backend.simulator.media import MediaShelf
from backend.simulator.records import AppSubscription
from backend.simulator.restore import restore
from backend.simulator.seed import seed
from backend.simulator.sender import HttpSender, Sender
from backend.simulator.store import Store
from backend.simulator.throughput import Throughput
from backend.simulator.usage import Usage
from backend.simulator.webhooks import Postman
from backend.simulator.world import World

WEBHOOK_OBJECTS = ("page", "instagram", "whatsapp_business_account")


class Simulation:
    """Everything that one running simulator holds."""

    def __init__(self, config: Config, sender: Sender | None = None) -> None:
        self.config = config
        self.sender: Sender = sender or HttpSender()
        self.clock = Clock(config.data_dir / "clock")
        self.store = Store(config.data_dir / "simulator.sqlite3")
        self.world = World(self.store)
        self.faults = Faults(self.store)
        self.media = MediaShelf(
            self.store, config.data_dir / "simulator-media", config.own_url, config.app_secret
        )
        signers = {"": config.app_secret, "meta": config.app_secret, "instagram": config.instagram_app_secret}
        self.postman = Postman(self.store, self.clock, self.faults, self.sender, signers)
        self.usage = Usage(self.clock)
        self.throughput = Throughput(self.clock)
        seed(self.world)
        self.store.commit()

    def app_subscription(self, object_name: str) -> AppSubscription:
        """Where the app's webhooks of this object go; what nobody changed is as the dashboard was preset."""
        changed = self.world.app_subscriptions.get(object_name)
        preset = changed or AppSubscription(
            id=object_name, callback_url=self.config.webhook_url, fields=["*"]
        )
        by_hand = self.world.dashboard.webhooks.get(object_name, {})
        return AppSubscription(
            id=object_name,
            callback_url=by_hand.get("callbackUrl", preset.callback_url),
            fields=by_hand.get("fields", preset.fields),
            active=by_hand.get("active", preset.active),
        )

    def reset(self) -> None:
        """Forget messages, the outbox, faults, revocations and the clock."""
        self.world.forget_messages()
        restore(self.world)
        self.postman.forget()
        self.faults.clear()
        self.throughput.buckets.clear()
        self.clock.move_to(0)
        self.store.commit()

    async def close(self) -> None:
        self.postman.stop()
        if isinstance(self.sender, HttpSender):
            await self.sender.close()
        self.store.commit()
