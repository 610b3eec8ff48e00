"""Route templates: what matches, what wins, what is handed on."""

import pytest

from devstack.host.errors import BindingError
from devstack.host.routes import MethodMismatch, RouteMatch, RouteTable, RouteTarget

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def table(*templates, prefix=""):
    """Routes to functions that are named after their template and methods."""
    targets = [
        (route, RouteTarget(" ".join((route, *methods)), "req", frozenset(methods)))
        for route, *methods in templates
    ]
    return RouteTable(targets, prefix)


def found(routes, path, method="GET"):
    match = routes.find(method, path)
    assert isinstance(match, RouteMatch), match
    return match.target.function, dict(match.values)


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("orders", "/orders", {}),
        ("orders", "/ORDERS/", {}),
        ("Orders/{id}", "/orders/Ab", {"id": "Ab"}),
        ("orders/{id:guid}", f"/orders/{GUID}", {"id": GUID}),
        ("orders/{id:guid}", f"/orders/{GUID.upper()}", {"id": GUID.upper()}),
        ("orders/{id:guid}", f"/orders/{GUID.replace('-', '')}", {"id": GUID.replace("-", "")}),
        ("orders/{id?}", "/orders", {}),
        ("orders/{id?}", "/orders/7", {"id": "7"}),
        ("orders/{id:int?}", "/orders/7", {"id": "7"}),
        ("{a}/x/{b:alpha}", "/1/X/two", {"a": "1", "b": "two"}),
        ("files/{*rest}", "/files/a/b", {"rest": "a/b"}),
        ("files/{*rest}", "/files", {}),
        ("code/{c:length(3)}", "/code/abc", {"c": "abc"}),
        ("code/{c:alpha:maxlength(3)}", "/code/ab", {"c": "ab"}),
        ("o/{name}", "/o/bj%C3%B8rn%20%C3%A5s", {"name": "bjørn ås"}),
        ("o/{name}", "/o/a%2Fb", {"name": "a%2Fb"}),
    ],
)
def test_a_template_matches(template, path, values):
    assert found(table((template,)), path) == (template, values)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("orders", "/"),
        ("orders", "/orders/1"),
        ("orders", "/xorders"),
        ("orders/{id}", "/orders"),
        ("orders/{id}", "/orders/1/2"),
        ("orders/{id:guid}", "/orders/7"),
        ("orders/{id:guid}", f"/orders/{GUID}0"),
        ("orders/{id:int}", "/orders/7x"),
        ("orders/{id:int}", "/orders/7%0A"),
        ("orders", "/orders%0A"),
        ("a.b", "/axb"),
        ("code/{c:length(3)}", "/code/abcd"),
        ("code/{c:alpha:maxlength(3)}", "/code/a1"),
    ],
)
def test_a_template_does_not_match(template, path):
    assert table((template,)).find("GET", path) is None


def test_the_more_literal_template_wins_whatever_the_order():
    templates = [("o/{*rest}",), ("o/{id}",), ("o/{id:int}",), ("o/feed",), ("o/{id}/status",), ("{x}/feed",)]
    for routes in (table(*templates), table(*reversed(templates))):
        assert found(routes, "/o/feed")[0] == "o/feed"
        assert found(routes, "/o/7")[0] == "o/{id:int}"
        assert found(routes, "/o/x")[0] == "o/{id}"
        assert found(routes, "/o/x/status")[0] == "o/{id}/status"
        assert found(routes, "/o/x/y")[0] == "o/{*rest}"
        assert found(routes, "/p/feed")[0] == "{x}/feed"


def test_methods_choose_between_functions_on_one_route():
    routes = table(("o/{id}", "GET"), ("o/{id}", "PUT", "DELETE"))

    assert found(routes, "/o/1", "DELETE")[0] == "o/{id} PUT DELETE"
    assert routes.find("POST", "/o/1") == MethodMismatch(("DELETE", "GET", "PUT"))


def test_a_less_literal_template_serves_the_method_that_the_literal_one_lacks():
    routes = table(("o/feed", "GET"), ("o/{id}", "DELETE"))

    assert found(routes, "/o/feed", "DELETE")[0] == "o/{id} DELETE"


def test_every_route_lies_below_the_prefix():
    routes = table(("orders",), prefix="api")

    assert found(routes, "/API/orders")[0] == "orders"
    assert routes.find("GET", "/orders") is None


@pytest.mark.parametrize("template", ["o/{id:colour}", "o/{id", "o/a{b}", "o/{id:length(x)}"])
def test_templates_that_cannot_be_served_are_refused(template):
    with pytest.raises(BindingError, match="o/"):
        table((template,))
