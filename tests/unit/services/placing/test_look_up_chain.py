"""What is asked of the registers about a chain, for placing and for previewing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.order import ChainRequest, Recipient
from shared.runtime.errors import MissingContactError, UnavailableError
from shared.services.placing.look_up_chain import QUICK_RECIPIENTS, computed, is_large
from tests.support.pipeline.orders import sms
from tests.support.pipeline.world import registered

KNOWN, GONE = "01017012345", "02027012345"


def chain(world, *numbers):
    order = sms(world.clock.now())
    orders = [replace(order, recipients=(Recipient(national_identity_number=each),)) for each in numbers]
    return ChainRequest(orders[0], tuple(orders[1:]), idempotency_id="id-1")


async def test_every_order_has_what_the_registers_know(world, process):
    look_up = process.place_order.look_up
    world.gone = {GONE}
    request = chain(world, KNOWN, GONE)
    main, reminder = await look_up(request, must_reach_all=False)
    assert main[0].mobiles == registered(KNOWN).mobiles
    assert not reminder[0].mobiles
    assert await look_up(ChainRequest(sms(world.clock.now())), must_reach_all=True) == [{}]


async def test_nobody_is_asked_about_what_follows_a_recipient_who_cannot_be_reached(
    world, process, monkeypatch
):
    asked = []
    look_up = process.place_order.look_up
    contacts = look_up.resolve.contacts

    async def noted(self, order):
        asked.append(order.recipients[0].national_identity_number)
        return await contacts(order)

    monkeypatch.setattr(type(look_up.resolve), "contacts", noted)
    world.gone = {GONE}
    with pytest.raises(MissingContactError):
        await look_up(chain(world, GONE, KNOWN), must_reach_all=True)
    assert asked == [GONE]


async def test_a_register_that_is_down_is_told(world, process):
    world.registers_down = True
    with pytest.raises(UnavailableError):
        await process.place_order.look_up(chain(world, KNOWN), must_reach_all=False)


async def test_only_chains_of_listed_creators_use_outdated_contacts(world, process):
    look_up = replace(process.place_order.look_up, stale_contact_creators=frozenset({"ttd"}))
    request = chain(world, KNOWN, KNOWN)
    used = look_up.with_stale_contacts("TTD", request)
    assert used.main.use_stale_contact_information
    assert all(order.use_stale_contact_information for order in used.reminders)
    assert look_up.with_stale_contacts("skd", request) is request
    version_1 = replace(request, idempotency_id=None)
    assert look_up.with_stale_contacts("ttd", version_1) is version_1


async def test_large_requests_are_computed_beside_the_loop_and_wait_for_each_other(world, process):
    order = replace(
        sms(world.clock.now() + timedelta(days=1)), recipients=(Recipient(),) * (QUICK_RECIPIENTS + 1)
    )
    large, small = ChainRequest(order), chain(world, KNOWN)
    assert (is_large(large), is_large(small)) == (True, False)
    assert await computed(large, lambda: 1) == await computed(small, lambda: 1) == 1
    look_up = process.place_order.look_up
    assert look_up.place(large) is look_up.place(large)
    async with look_up.place(small), look_up.place(large):
        pass
