"""How the local cloud of tests is started: settings that save waiting, and connections made beforehand."""

from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import Owner, email_order, new_email

# the organisations whose feeds also have their cancelled shipments; the second cancels hundreds
TOLD_OF_CANCELLATIONS, TOLD_OF_HUNDREDS = "avbestillere", "storavbestillere"
EVERY_SECOND = {"RELEASE_DUE_SCHEDULE": "* * * * * *"}  # so that tests wait one second for it, not ten

SHARED = {**EVERY_SECOND, "CANCELLATION_FEED_CREATORS": f"{TOLD_OF_CANCELLATIONS},{TOLD_OF_HUNDREDS}"}


def warm_up(cloud: LocalCloud) -> None:
    """Let every process make its connections before a test measures what it sees by the clock."""
    owner = Owner(cloud)
    owner.wait_for_feed_entry(owner.send(email_order(new_email())))
