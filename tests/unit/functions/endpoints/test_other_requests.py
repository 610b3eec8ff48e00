"""What callers are answered for paths and methods that no other function serves."""

import azure.functions as func
import pytest

from function_app import blueprints
from functions.endpoints.other_requests import blueprint_beside
from tests.support.listing import functions_of_app

API = "api/v1"
ID = "5235b95c-e9b6-4ef0-8a67-372301000000"


def ask(method, path, *, beside=blueprints):
    """Return the answer to a request whose path lies below `notifications/`."""
    listing = func.FunctionApp()
    listing.register_functions(blueprint_beside(beside))
    [function] = listing.get_functions()
    params = {"path": path} if path else {}
    request = func.HttpRequest(method, f"http://h/notifications/{path}", route_params=params, body=b"")
    return function.get_user_function()(request)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
async def test_another_method_of_a_known_path_is_not_allowed(method):
    answer = await ask(method, f"{API}/future/orders")
    assert (answer.status_code, answer.get_body()) == (405, b"")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (f"{API}/orders", "GET, POST"),
        (f"{API}/orders/", "GET, POST"),
        (f"{API.upper()}/Orders", "GET, POST"),
        (f"{API}/orders/email", "GET, POST"),
        (f"{API}/orders/{ID}", "GET"),
        (f"{API}/orders/a%2Fb", "GET"),
        (f"{API}/orders/{ID}/cancel", "PUT"),
        (f"{API}/future/shipment/feed", "GET"),
        (f"{API}/future/shipment/not-an-id", "GET"),
        ("sms/api/v1/reports", "POST"),
    ],
)
async def test_all_methods_of_the_path_are_told(path, allowed):
    answer = await ask("DELETE", path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        API,
        f"{API}/order",
        f"{API}/orders/{ID}/x",
        f"{API}//orders",
        f"{API}/orders//",
        f"{API}/orders//cancel",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_path_is_not_found(method, path):
    answer = await ask(method, path)
    assert (answer.status_code, answer.get_body(), set(dict(answer.headers))) == (404, b"", {"Link"})


async def test_an_id_that_fits_no_route_is_not_found():
    answer = await ask("GET", f"{API}/future/shipment/not-an-id")
    assert (answer.status_code, answer.get_body(), set(dict(answer.headers))) == (404, b"", {"Link"})


async def test_methods_come_from_the_functions_that_are_served():
    bp = func.Blueprint()

    @bp.route("notifications/{kind}/of/{id:int}", methods=["PATCH", "GET"])
    async def some(req):
        raise AssertionError

    answer = await ask("POST", "a/of/b", beside=(bp,))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, PATCH")
    assert (await ask("POST", "api/v1/orders", beside=(bp,))).status_code == 404


def test_routes_have_no_form_that_it_does_not_understand():
    routes = [f.get_trigger().route for f in functions_of_app() if f.get_trigger().type == "httpTrigger"]
    assert [route for route in routes if "?" in route or "*" in route] == ["notifications/{*path}"]
