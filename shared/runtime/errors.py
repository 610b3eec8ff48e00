"""The error tree. Three classes decide what happens to work that failed.

    NotificationsError
    ├── RequestInvalidError        the caller's fault: 400 with the keys of the API contract
    ├── UnauthenticatedError       401, empty body, the reason in a header
    ├── ForbiddenError             403, empty body, the reason in a header
    ├── ShipmentNotFoundError      404, problem NOT-00003
    ├── OrderNotFoundError         404, empty body (version 1)
    ├── NotCancellableError        409
    ├── WebhookNotFoundError       404
    ├── TooManyWebhooksError       409
    ├── IdempotencyConflictError   409, problem NOT-10001
    ├── MissingContactError        422, problem NOT-00001
    ├── TooManyRequestsError       429 with Retry-After
    ├── UnknownResourceError       400, under the key of the resource id
    ├── PermanentError             will never succeed: record the failure and return
    ├── TransientError             may succeed later: scheduled copies, without end by count
    │   ├── ThrottledError         the same, but not counted as an attempt; carries Retry-After
    │   └── UnavailableError       a dependency is down: 503, problem NOT-00004
    └── ConflictError              an ETag or key conflict: the caller must read again; work that ends with
                                   it is tried again as after a TransientError

Anything else is unexpected: scheduled copies, too, but a dead letter after six tries. The policy is in
`services/handling/failed_work.py`.
"""

from typing import Any


class NotificationsError(Exception):
    """Base of every error this product raises on purpose."""


class RequestInvalidError(NotificationsError):
    """The request breaks rules of the API; `errors` maps a wire key to its messages.

    `replayable` holds the request when nothing but comparisons with the clock failed: a repeat of a known
    idempotency id is then answered with its receipt instead of 400.
    """

    def __init__(self, errors: dict[str, list[str]], replayable: Any = None) -> None:
        super().__init__("request invalid: " + ", ".join(sorted(errors)))
        self.errors = errors
        self.replayable = replayable


class UnsupportedMediaTypeError(NotificationsError):
    """The body is of a type the endpoint does not read: 415."""


class UnauthenticatedError(NotificationsError):
    """No valid credential was presented; the caller is told the text, a sentence that quotes nothing.

    `scheme` is the HTTP authentication scheme that is expected. `presented` is False if there was nothing to
    check. `scope` is what a token needs beside being valid, None where that is not known.
    """

    def __init__(self, message: str, scheme: str = "Bearer", *, presented: bool = True) -> None:
        super().__init__(message)
        self.scheme = scheme
        self.presented = presented
        self.scope: str | None = None


class ForbiddenError(NotificationsError):
    """The credential is valid but does not allow this, or names no organisation.

    The caller is told the text, a sentence that quotes nothing, and the `scope` that would allow it, if any.
    """

    def __init__(self, message: str, scope: str | None = None) -> None:
        super().__init__(message)
        self.scope = scope


class ShipmentNotFoundError(NotificationsError):
    """No such shipment for this owner."""


class OrderNotFoundError(NotificationsError):
    """No such order for this owner, asked for by version 1."""


class NotCancellableError(NotificationsError):
    """The order has begun, has ended, or begins too soon to be stopped."""


class WebhookNotFoundError(NotificationsError):
    """No such webhook of this owner."""


class TooManyWebhooksError(NotificationsError):
    """The owner has as many webhooks as it may have."""


class IdempotencyConflictError(NotificationsError):
    """The idempotency id belongs to an order with another content, and the caller wants that refused."""


class MissingContactError(NotificationsError):
    """The registers have no address at which a recipient can be reached."""


class TooManyRequestsError(NotificationsError):
    """The caller has asked for more than its share; it may come again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnknownResourceError(NotificationsError):
    """An order names a resource that does not exist, so nobody can have access to it."""


class PermanentError(NotificationsError):
    """Will never succeed, however often it is tried."""


class TransientError(NotificationsError):
    """May succeed later."""


class ThrottledError(TransientError):
    """The other side asked for a pause of `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnavailableError(TransientError):
    """A dependency that this request cannot do without is down."""


class ConflictError(NotificationsError):
    """The row was written by another process first."""
