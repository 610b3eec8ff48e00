"""What the app registers, read once: the library refuses to list the functions of one app twice."""

from functools import cache

from azure.functions.decorators.function_app import Function

from function_app import app


@cache
def functions_of_app() -> tuple[Function, ...]:
    """Return the functions that a host would index."""
    return tuple(app.get_functions())
