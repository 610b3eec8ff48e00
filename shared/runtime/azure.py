"""Tells Azure from a local cloud, so that settings which are safe only in the latter are refused in Azure."""

from collections.abc import Mapping

# The plans differ: Flex Consumption has no WEBSITE_INSTANCE_ID, other plans have no pod.
_SET_BY_AZURE = ("WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "WEBSITE_POD_NAME", "LEGION_SERVICE_HOST")


def runs_in_azure(environment: Mapping[str, str]) -> bool:
    """Whether this environment is that of an app in Azure, on whatever plan."""
    return any(name in environment for name in _SET_BY_AZURE)
