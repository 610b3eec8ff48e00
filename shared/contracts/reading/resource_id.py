"""Rules for the resource whose access rights narrow who is told, and for the action meant on it."""

from shared.contracts.reading.request_errors import Findings, Path


def check_resource_action(
    resource_id: str | None, action: str | None, path: Path, findings: Findings
) -> None:
    """Check the action of an order or recipient: it needs a resource, and may not be mere blanks."""
    if not action:
        return
    if resource_id is None or not resource_id.strip():
        findings.add((*path, "resource_action"), "ResourceAction cannot be specified without a ResourceId.")
    elif not action.strip():
        findings.add((*path, "resource_action"), "ResourceAction cannot be blank or whitespace.")
