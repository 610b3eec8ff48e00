"""Reasons why the host cannot start; shown to its user without a stack trace."""


class HostStartupError(Exception):
    """The host cannot serve this app; the message says what to change."""


class AppLoadError(HostStartupError):
    """The function app cannot be imported or indexed."""


class SettingError(HostStartupError):
    """A setting that a binding names is missing, or host.json holds an impossible value."""


class BindingError(HostStartupError):
    """A binding that this host does not emulate, or whose declaration is wrong."""
