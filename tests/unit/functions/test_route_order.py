"""Every route of the app is answered by its own function on Azure's host, which asks them by name."""

import pytest

from devstack.host.http.routes import RouteTable, RouteTarget
from tests.support.listing import functions_of_app
from tests.support.route_order import Route, taken_by_others

EXAMPLES = {"id:guid": "5235b95c-e9b6-4ef0-8a67-372301000000", "*path": "some/where"}


def routes_of_app():
    """Return the routes of all HTTP functions."""
    triggers = [(function.get_function_name(), function.get_trigger()) for function in functions_of_app()]
    return [
        Route(name, trigger.route, frozenset(map(str, trigger.methods or ())))
        for name, trigger in triggers
        if trigger.type == "httpTrigger"
    ]


def test_no_route_of_the_app_is_answered_by_another_function():
    assert taken_by_others(routes_of_app()) == []


@pytest.mark.parametrize("route", routes_of_app(), ids=lambda route: route.function)
def test_an_example_of_each_route_reaches_its_function(route):
    table = RouteTable(
        [(other.path, RouteTarget(other.function, "req", other.methods)) for other in routes_of_app()], ""
    )
    path = "/".join(
        EXAMPLES.get(segment.strip("{}"), "x1") if segment.startswith("{") else segment
        for segment in route.path.split("/")
    )
    for method in route.methods or ("FOO",):
        assert table.find(method, f"/{path}").target.function == route.function


def test_what_answers_all_other_requests_is_asked_last():
    names = sorted((route.function for route in routes_of_app()), key=str.upper)
    assert names[-1] == "z_other_requests"


GET, POST, ANY = frozenset({"GET"}), frozenset({"POST"}), frozenset()


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        (("orders/{id}", GET), ("orders/feed", GET), True),
        (("orders/{id}", GET), ("orders/feed", POST), False),
        (("orders/{id}", ANY), ("orders/feed", POST), True),
        (("orders/feed", GET), ("orders/{id}", GET), False),
        (("orders/{id}", GET), ("orders/{name}", GET), True),
        (("Orders/{id}/x", GET), ("orders/Feed/X", GET), True),
        (("orders/{id}/x", GET), ("orders/{id}/y", GET), False),
        (("orders/{id:guid}", GET), ("orders/feed", GET), False),
        (("orders/{id:alpha}", GET), ("orders/feed", GET), True),
        (("orders/{id}", GET), ("orders/{id:guid}", GET), True),
        (("orders/{id:guid}", GET), ("orders/{id}", GET), False),
        (("orders/{*rest}", ANY), ("orders", GET), True),
        (("orders", GET), ("orders/{*rest}", ANY), False),
        (("orders/{*rest}", ANY), ("orders/{id}/x", GET), True),
        (("orders/{id}", GET), ("orders/{id}/x", GET), False),
        (("{x}/feed", GET), ("orders/{id}", GET), True),
    ],
)
def test_a_route_that_another_function_answers_is_found(first, second, taken):
    routes = [Route("a", *first), Route("b", *second)]
    assert bool(taken_by_others(routes)) == taken


def test_names_are_compared_as_the_host_compares_them():
    # `_` comes after the letters, and capital letters are no different from small ones
    taken = [Route("orderS", "orders/{id}", GET), Route("order_feed", "orders/feed", GET)]
    assert taken_by_others(taken) == ["orders/feed of order_feed is answered by orderS (orders/{id})"]
