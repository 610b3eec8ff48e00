"""The errors of a refused request: their keys, and the texts for bodies that cannot be read.

There are two kinds of key: a JSON path (`$.recipient.recipientSms`) where a value could not be read, such as
an unknown name of a `channelSchema`, and a path of internal names (`Recipient.RecipientSms.Settings.Body`)
for everything that is found after that. The texts of business rules stand where the rules are: in
`contracts.requests`, mostly in the modules named `*_validation`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from shared.contracts.reading import limits
from shared.contracts.reading.expectations import conversion_error
from shared.contracts.reading.json_body import JsonUnreadableError, read_json
from shared.contracts.reading.wire_model import FoundProblems, members_of
from shared.runtime.errors import RequestInvalidError

type Path = tuple[str | int, ...]

_NULL_NOT_ALLOWED = ("string_type", "model_type", "list_type")
_LENGTHS = {"string_too_long": "string", "too_long": "list"}


def read_model[M: BaseModel](model: type[M], body: bytes, *, parameter: str) -> M:
    """Read a body into a model.

    `parameter` is the key under which the API reports that it got no usable body. Raises RequestInvalidError:
    for the first value that cannot be read or property that is missing, else for every property that is null,
    blank or too long.
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
        return model.model_validate(document, context=FoundProblems())
    except ValidationError as error:
        # The request holds personal data, which a chained exception would carry into logs.
        problems = error.errors(include_url=False, include_context=True)
    raise _attribute_errors(model, problems, parameter)


@dataclass(slots=True)
class _Collected:
    by_key: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0
    only_too_early: bool = True

    @property
    def is_full(self) -> bool:
        return self.count >= limits.REPORTED_PROBLEMS

    def add(self, path: Path, message: str) -> None:
        if not self.is_full:
            self.by_key.setdefault(internal_key(path), []).append(message)
            self.count += 1


@dataclass(slots=True)
class RequestErrors:
    """Collects all that the business rules find wrong, before the request is refused or accepted.

    A path leads from the body to a member, by attribute names and list positions.
    """

    _path: Path = ()
    _collected: _Collected = field(default_factory=_Collected)

    def at(self, *steps: str | int) -> "RequestErrors":
        """Return the same collection for the checks of a member: their paths begin there."""
        return RequestErrors(self._path + steps, self._collected)

    @property
    def is_full(self) -> bool:
        """Whether REPORTED_PROBLEMS were found: nothing more is told, so nothing more need be checked."""
        return self._collected.is_full

    def add(self, message: str, *steps: str | int) -> None:
        """Add an error at a path; more than REPORTED_PROBLEMS are not kept."""
        self._collected.only_too_early = False
        self._collected.add(self._path + steps, message)

    def add_too_early(self, message: str, *steps: str | int) -> None:
        """Add the error that a time has passed. A repeat of an accepted request may have this one only."""
        self._collected.add(self._path + steps, message)

    def conclude[R](self, request: Callable[[], R]) -> R:
        """Return the request, or raise RequestInvalidError with all errors if there are any."""
        found = self._collected
        if not found.by_key:
            return request()
        raise RequestInvalidError(found.by_key, replayable=request() if found.only_too_early else None)


def internal_key(path: Path) -> str:
    """Write a path of attribute names and list positions as the API does: `Reminders[0].DelayDays`."""
    steps = (f"[{step}]" if isinstance(step, int) else "." + _pascal_case(step) for step in path)
    return "".join(steps).removeprefix(".")


def json_path(model: type, path: Path) -> str:
    """Write a path of attribute names and list positions with the names of the JSON: `$.reminders[0]`."""
    written = "$"
    level: type | None = model
    for step in path:
        if isinstance(step, int) or level is None:
            written += f"[{step}]"
            continue
        member = members_of(level)[step]
        written += f".{member.serialization_alias}"
        level = _nested_model(member.annotation)
    return written


def _attribute_errors(model: type[BaseModel], problems: list[Any], parameter: str) -> RequestInvalidError:
    errors = _Collected()
    for problem in problems:
        path: Path = problem["loc"]
        name = internal_key(path[-1:])
        match problem["type"]:
            case "missing":
                return _missing(model, problems, path[:-1], parameter)
            case "string_pattern_mismatch":
                message = f"The {name} field is required."
            case kind if kind in _NULL_NOT_ALLOWED and problem["input"] is None:
                message = f"The {name} field is required."
            case ("string_too_long" | "too_long") as kind:
                what, longest = _LENGTHS[kind], problem["ctx"]["max_length"]
                message = f"The field {name} must be a {what} with a maximum length of {longest}."
            case _:
                key = json_path(model, path)
                told = conversion_error(key, problem, _model_at(model, path))
                return _unreadable(key, told, parameter)
        errors.add(path, message)
    return RequestInvalidError(errors.by_key)


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


def _model_at(model: type, path: Path) -> type | None:
    """Return the model that an object at a path is read into."""
    level: type | None = model
    for step in path:
        if isinstance(step, str) and level is not None:
            level = _nested_model(members_of(level)[step].annotation)
    return level


def _pascal_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _nested_model(annotation: Any) -> type | None:
    if isinstance(annotation, type) and members_of(annotation):
        return annotation
    return next(filter(None, map(_nested_model, get_args(annotation))), None)
