"""The failures of the local cloud that the person at the terminal can put right."""


class DevstackError(Exception):
    """The first line of the text says what is wrong and what to do; details may follow on further lines."""


class ChildDiedError(DevstackError):
    """A process of the local cloud ended, or did not get ready, on its own."""


class NotRunningError(DevstackError):
    """A command needs a running local cloud and there is none."""


class ControlError(DevstackError):
    """The running local cloud refused a request or did not answer."""
