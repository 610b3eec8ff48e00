"""How the local cloud of tests is started, with settings that save waiting, and repaired after a test."""

from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import Owner, email_order, new_email

# the organisations whose feeds also have their cancelled shipments; the second cancels hundreds
TOLD_OF_CANCELLATIONS, TOLD_OF_HUNDREDS = "avbestillere", "storavbestillere"
EVERY_SECOND = {"RELEASE_DUE_SCHEDULE": "* * * * * *"}  # so that tests wait one second for it, not ten

SHARED = {
    **EVERY_SECOND,
    "CANCELLATION_FEED_CREATORS": f"{TOLD_OF_CANCELLATIONS},{TOLD_OF_HUNDREDS}",
    "SUPPORT_SEARCH_BY_EMAIL": "true",
}


def warm_up(cloud: LocalCloud) -> None:
    """Let every process make its connections before a test measures what it sees by the clock."""
    owner = Owner(cloud)
    owner.wait_for_feed_entry(owner.send(email_order(new_email())))


def make_whole(cloud: LocalCloud) -> None:
    """Restart what was killed, forget the faults, return to real time."""
    assert cloud.failure is None, cloud.failure
    for name in cloud.stopped_children:
        cloud.restart(name)
    cloud.clear_faults()
    cloud.reset_clock()
