"""An owner whose condition endpoint is slow, beside one whose orders must not wait for it."""

from concurrent.futures import ThreadPoolExecutor

from tests.support.scenarios.conditions import condition
from tests.support.scenarios.owner import (
    Owner,
    email_order,
    emails_to,
    new_email,
    wait_for_idle_queues,
)

SLOW_ORDERS = 70  # more than twice as many as the host handles messages of a queue at a time
SECONDS = 5


def test_orders_of_others_do_not_wait_for_the_slow_conditions_of_one(cloud, owner):
    greedy, slow = Owner(cloud, org="skd"), condition(cloud, f"slow?seconds={SECONDS}")
    addresses = [new_email("slow") for _ in range(SLOW_ORDERS)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda to: greedy.send(email_order(to, conditionEndpoint=slow)), addresses))
    plain, asked = new_email("plain"), new_email("asked")
    owner.send(email_order(plain))
    owner.send(email_order(asked, conditionEndpoint=condition(cloud, "true")))
    for address in (plain, asked):
        cloud.wait_for_email(address)
    sent = sum(bool(emails_to(cloud, to)) for to in addresses)
    assert sent < 32, "two rounds of slow questions came first"
    wait_for_idle_queues(cloud, within=90)
    for address in addresses:
        cloud.wait_for_email(address)
