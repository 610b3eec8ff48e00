"""Rules for the action on a resource that a recipient must be allowed to do."""

from shared.contracts.reading.request_errors import RequestErrors


def check_resource_action(resource_id: str | None, action: str | None, errors: RequestErrors) -> None:
    """Check the action of an order or recipient: it needs a resource, and may not be blank."""
    if not action:
        return
    if resource_id is None or not resource_id.strip():
        errors.add("ResourceAction cannot be specified without a ResourceId.", "resource_action")
    elif not action.strip():
        errors.add("ResourceAction cannot be blank or whitespace.", "resource_action")
