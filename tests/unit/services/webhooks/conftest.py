import pytest

from tests.support.pipeline.process import Process
from tests.support.pipeline.webhooks import URL, news_of
from tests.support.pipeline.world import Receiver, VirtualClock, World, start_of_day


class Desk:
    """One process, an owner with a webhook, and its endpoint."""

    owner = "skd"

    def __init__(self):
        self.world = World(VirtualClock(start_of_day()), VirtualClock(start_of_day()))
        self.process = Process(self.world)
        self.manage = self.process.app.manage_webhooks
        self.receiver = self.world.webhooks[URL] = Receiver()
        self.appended = 0

    async def create(self, **others):
        made = await self.manage.create(
            self.owner, **{"url": URL, "description": None, "first": None} | others
        )
        self.id = str(made.webhook.item)
        return made

    async def append(self, count, owner=None):
        news = news_of(
            owner or self.owner, range(self.appended, self.appended + count), self.world.clock.now()
        )
        self.appended += count
        assert await self.process.append_feed(news) == [None] * count
        await self.process.append_feed.removing.done()

    async def pass_time(self, span):
        self.world.clock.at += span
        self.world.real_time.at += span
        await self.process.release_due()
        await self.process.carry_out()

    async def state(self):
        return (await self.manage.one(self.owner, self.id))[0]


@pytest.fixture
def desk():
    return Desk()
