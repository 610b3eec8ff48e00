"""Failures of the local cloud that its user can correct."""


class DevstackError(Exception):
    """The first line of the text says what is wrong and what to do. More lines may give details."""


class ChildDiedError(DevstackError):
    """A process of the local cloud ended unasked, or did not get ready."""


class NotRunningError(DevstackError):
    """A command needs a running local cloud and there is none."""


class ControlError(DevstackError):
    """The running local cloud refused a request or did not answer."""
