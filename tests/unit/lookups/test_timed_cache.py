"""Values that are remembered for some time."""

from shared.domain.recipients.contact_points import UserContact
from shared.lookups.timed_cache import TimedCache
from shared.ports.registers import OrganizationUsers


def unit(party, *user_ids):
    return OrganizationUsers(party, tuple(UserContact(user, "a@x.no") for user in user_ids))


def test_cache_forgets_the_oldest_and_what_is_no_longer_fresh():
    now = 0.0
    cache = TimedCache(seconds=10, capacity=2, clock=lambda: now)
    for number in range(3):
        cache.put(number, str(number))
    assert [cache.get(number) for number in range(3)] == [None, "1", "2"]
    cache.put(1, "new")
    now = 10.0
    assert cache.get(1) is None
