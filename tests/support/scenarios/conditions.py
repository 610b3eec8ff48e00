"""Where the simulated senders answer whether a message is still wanted."""

from devstack.cloud.local_cloud import LocalCloud


def condition(cloud: LocalCloud, kind: str) -> str:
    """Return the address of a condition endpoint that answers as its kind says."""
    return f"{cloud.addresses['platform']}/conditions/{kind}"


def questions(cloud: LocalCloud, kind: str) -> int:
    """Return how often endpoints of a kind were asked since the local cloud started."""
    return int(cloud.stats()["requests"].get(f"condition.{kind}", 0))
