"""One question to a sender: it is asked once, within its places, and a silent host is left alone."""

import pytest

from shared.runtime.breaker import Breaker, Breakers
from shared.runtime.fair_shares import FairShares
from shared.services.advancing.put_question import FAILURES, LEFT_ALONE_SECONDS, PutQuestion
from tests.support.pipeline.world import MET, SILENT


class Endpoint:
    def __init__(self):
        self.asked, self.answer = [], MET

    async def ask(self, url):
        self.asked.append(url)
        return self.answer


@pytest.fixture
def endpoint():
    return Endpoint()


@pytest.fixture
def put_question(endpoint):
    now = [0.0]
    breakers = Breakers(
        make=lambda: Breaker(failures=FAILURES, open_seconds=LEFT_ALONE_SECONDS, clock=lambda: now[0])
    )
    return PutQuestion(
        condition_endpoint=endpoint, shares=FairShares(8, lambda: now[0]), breakers=breakers
    ), now


async def test_the_url_that_is_meant_is_asked_once(endpoint, put_question):
    ask, _ = put_question
    assert await ask("ttd", " https://host.example/a b ") == MET
    assert endpoint.asked == ["https://host.example/a%20b"]


async def test_nothing_is_asked_without_a_place(endpoint, put_question):
    ask, _ = put_question
    with ask.shares.held("ttd", "a"), ask.shares.held("ttd", "b"), ask.shares.held("ttd", "c"):
        assert await ask("ttd", "https://host.example") is None
        assert ask.pause("ttd") > 0
        assert await ask("skd", "https://host.example") == MET
    assert len(endpoint.asked) == 1


async def test_a_silent_host_is_left_alone_for_its_owner_for_a_while(endpoint, put_question):
    ask, now = put_question
    endpoint.answer = SILENT
    for _ in range(FAILURES):
        assert await ask("ttd", "https://host.example") == SILENT
    endpoint.answer = MET
    answer = await ask("ttd", "https://host.example")
    assert (answer.met, answer.reason) == (None, "host silent")
    assert await ask("skd", "https://host.example") == MET
    now[0] += LEFT_ALONE_SECONDS
    assert await ask("ttd", "https://host.example") == MET
    assert len(endpoint.asked) == FAILURES + 2
