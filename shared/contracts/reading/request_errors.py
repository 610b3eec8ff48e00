"""What is wrong with a request, under the keys the API answers with.

This is the only place that knows the two kinds of key: a JSON path (`$.recipient.recipientSms`) where the
JSON could not be read, and the path of internal names (`Recipient.RecipientSms.Settings.Body`) for everything
found after that.
"""

from collections.abc import Callable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from shared.contracts.reading import limits
from shared.contracts.reading.json_body import JsonUnreadableError, read_json
from shared.domain.orders.order import ChainRequest
from shared.runtime.errors import RequestInvalidError

type Path = tuple[str | int, ...]

_NULL_NOT_ALLOWED = ("string_type", "model_type", "list_type")


def read_model[M: BaseModel](model: type[M], body: bytes, *, parameter: str) -> M:
    """Read a body into a model: the JSON and its mandatory properties first, then whether they hold anything.

    `parameter` is the name under which the API reports that it got no usable body. Raises RequestInvalidError
    with the first problem of the JSON, or else with every property that is null, blank or too long.
    """
    if not body:
        raise _unreadable("", "A non-empty request body is required.", parameter)
    try:
        document = read_json(body)
    except JsonUnreadableError as error:
        raise _unreadable("$", str(error), parameter) from None
    if document is None:
        raise _unreadable("", "A non-empty request body is required.", parameter)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        # What was sent is personal data: it must not travel on in a chained exception.
        problems = error.errors(include_url=False, include_context=True)
    raise _attribute_errors(model, problems, parameter)


class Findings:
    """Collects what the business rules find, all of it, before the request is refused or accepted."""

    def __init__(self) -> None:
        self._errors: dict[str, list[str]] = {}
        self._count = 0
        self._only_too_early = True

    def add(self, path: Path, message: str) -> None:
        """Note a broken rule at a path of attribute names and list positions, unless there are enough."""
        self._only_too_early = False
        self._note(path, message)

    def add_too_early(self, path: Path, message: str) -> None:
        """Note that a time has passed: the one kind of finding a repeat of an accepted request may have."""
        self._note(path, message)

    def conclude(self, request: Callable[[], ChainRequest]) -> ChainRequest:
        """Return the request if nothing was found, otherwise raise RequestInvalidError with all findings."""
        if not self._errors:
            return request()
        raise RequestInvalidError(self._errors, replayable=request() if self._only_too_early else None)

    def _note(self, path: Path, message: str) -> None:
        if self._count < limits.REPORTED_PROBLEMS:
            self._errors.setdefault(internal_key(path), []).append(message)
            self._count += 1


def internal_key(path: Path) -> str:
    """Write a path of attribute names and list positions as the API does: `Reminders[0].DelayDays`."""
    steps = (f"[{step}]" if isinstance(step, int) else "." + _pascal_case(step) for step in path)
    return "".join(steps).removeprefix(".")


def json_path(model: type[BaseModel], path: Path) -> str:
    """Write a path of attribute names and list positions with the names that stand in the JSON."""
    written = "$"
    level: type[BaseModel] | None = model
    for step in path:
        if isinstance(step, int) or level is None:
            written += f"[{step}]"
            continue
        field = level.model_fields[step]
        written += f".{field.serialization_alias}"
        level = _nested_model(field.annotation)
    return written


def _attribute_errors(model: type[BaseModel], problems: list[Any], parameter: str) -> RequestInvalidError:
    errors: dict[str, list[str]] = {}
    for reported, problem in enumerate(problems):
        path: Path = problem["loc"]
        name = internal_key(path[-1:])
        match problem["type"]:
            case "missing":
                return _missing(model, problems, path[:-1], parameter)
            case "string_pattern_mismatch":
                message = f"The {name} field is required."
            case kind if kind in _NULL_NOT_ALLOWED and problem["input"] is None:
                message = f"The {name} field is required."
            case "string_too_long":
                longest = problem["ctx"]["max_length"]
                message = f"The field {name} must be a string with a maximum length of {longest}."
            case "too_long":
                longest = problem["ctx"]["max_length"]
                message = f"The field {name} must be a list with a maximum length of {longest}."
            case _:
                key = json_path(model, path)
                return _unreadable(key, f"The JSON value could not be converted. Path: {key}", parameter)
        if reported < limits.REPORTED_PROBLEMS:
            errors.setdefault(internal_key(path), []).append(message)
    return RequestInvalidError(errors)


def _missing(
    model: type[BaseModel], problems: list[Any], parent: Path, parameter: str
) -> RequestInvalidError:
    absent = (p["loc"] for p in problems if p["type"] == "missing" and p["loc"][:-1] == parent)
    names = ", ".join(f"'{json_path(model, path).rpartition('.')[2]}'" for path in absent)
    key = json_path(model, parent)
    return _unreadable(
        key, f"The JSON object is missing required properties: {names}. Path: {key}", parameter
    )


def _unreadable(key: str, message: str, parameter: str) -> RequestInvalidError:
    return RequestInvalidError({key: [message], parameter: [f"The {parameter} field is required."]})


def _pascal_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_nested_model, get_args(annotation))), None)
