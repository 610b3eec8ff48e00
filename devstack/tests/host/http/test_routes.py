"""Route templates: which requests they fit, which function serves, which values it gets."""

import pytest

from devstack.host.errors import BindingError
from devstack.host.http.routes import RouteMatch, RouteTable, RouteTarget

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
NUMBERS = "{0x4f0c8a52,0x6c0d,0x4f47,{0x9d,0xb,0x9a,0x7f,0x4f,0x1f,0x2b,0x10}}"


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
        ("orders/{id:guid}", f"/orders/{{{GUID}}}", {"id": f"{{{GUID}}}"}),
        ("orders/{id:guid}/x", f"/orders/{{{GUID}}}/x", {"id": f"{{{GUID}}}"}),
        ("orders/{id:guid}", f"/orders/({GUID})", {"id": f"({GUID})"}),
        ("orders/{id:guid}", f"/orders/ {GUID}\r\n", {"id": f" {GUID}\r\n"}),
        ("orders/{id:guid}", f"/orders/\u00a0({GUID})\u2003", {"id": f"\u00a0({GUID})\u2003"}),
        ("orders/{id:guid}", f"/orders/{NUMBERS}", {"id": NUMBERS}),
        ("orders/{id:guid}", f"/orders/ {NUMBERS.upper()} ", {"id": f" {NUMBERS.upper()} "}),
        ("orders/{id:guid}", f"/orders/{GUID.replace('-', '')}", {"id": GUID.replace("-", "")}),
        ("orders/{id?}", "/orders", {}),
        ("orders/{id?}", "/orders/7", {"id": "7"}),
        ("orders/{id:int?}", "/orders/7", {"id": "7"}),
        ("{a}/x/{b:alpha}", "/1/X/two", {"a": "1", "b": "two"}),
        ("files/{*rest}", "/files/a/b", {"rest": "a/b"}),
        ("files/{*rest}", "/files", {}),
        ("code/{c:length(3)}", "/code/abc", {"c": "abc"}),
        ("code/{c:alpha:maxlength(3)}", "/code/ab", {"c": "ab"}),
        ("files/{*rest}", "/files/a/b/", {"rest": "a/b/"}),
        ("files/{*rest}", "/files/a//b", {"rest": "a//b"}),
        ("files/{*rest}", "/files/", {}),
        ("o/{name}", "/o/bjørn ås", {"name": "bjørn ås"}),
        ("o/{name}", "/o/a%2Fb", {"name": "a%2Fb"}),
        ("n/{n:int}", "/n/ +0000000000002147483647\t", {"n": " +0000000000002147483647\t"}),
        ("n/{n:long}", "/n/-9223372036854775808", {"n": "-9223372036854775808"}),
        ("b/{b:bool}", "/b/ TRUE\u00a0", {"b": " TRUE\u00a0"}),
        ("code/{c:length(3)}", "/code/a\U0001f600", {"c": "a\U0001f600"}),
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
        ("orders/{id:guid}", f"/orders/{{{GUID}"),
        ("orders/{id:guid}", f"/orders/({GUID}}}"),
        ("orders/{id:guid}", f"/orders/{{{GUID.replace('-', '')}}}"),
        ("orders/{id:guid}", f"/orders/{{%20{GUID}%20}}"),
        ("orders/{id:guid}", f"/orders/{GUID}%2F"),
        ("orders/{id:guid}", f"/orders/{NUMBERS[:-1]}"),
        ("orders/{id:int}", "/orders/7x"),
        ("orders/{id:int}", "/orders/2147483648"),
        ("orders/{id:int}", "/orders/\u0667"),
        ("orders/{id:long}", "/orders/9223372036854775808"),
        ("orders/{id:int}", "/orders/7\n8"),
        ("orders", "/orders\n"),
        ("orders", "/orders//"),
        ("orders", "//orders"),
        ("orders/{id?}/x", "/orders//x"),
        ("files/{*rest}", "/files//a"),
        ("files/{*rest}", "//files/a"),
        ("a.b", "/axb"),
        ("code/{c:length(3)}", "/code/abcd"),
        ("code/{c:alpha:maxlength(3)}", "/code/a1"),
    ],
)
def test_a_template_does_not_match(template, path):
    assert table((template,)).find("GET", path) is None


def test_the_first_function_by_name_wins_whatever_its_route():
    named = [("o/feed", "Zed"), ("o/{id}", "order_x"), ("o/{*rest}", "orderz"), ("o/{id:int}", "_last")]
    for order in (named, named[::-1]):
        routes = RouteTable(
            [(route, RouteTarget(function, "req", frozenset())) for route, function in order], ""
        )
        assert found(routes, "/o/feed")[0] == "orderz"
        assert found(routes, "/o/feed/x")[0] == "orderz"


def test_methods_choose_between_functions_on_one_route():
    routes = table(("o/{id}", "GET"), ("o/{id}", "PUT", "DELETE"))

    assert found(routes, "/o/1", "DELETE")[0] == "o/{id} PUT DELETE"
    assert routes.find("POST", "/o/1") is None


def test_a_function_that_takes_every_method_serves_what_the_others_leave():
    routes = table(("o/feed", "GET"), ("o/{id}",))

    assert found(routes, "/o/feed", "GET")[0] == "o/feed GET"
    assert found(routes, "/o/feed", "FOO")[0] == "o/{id}"


def test_every_route_lies_below_the_prefix():
    routes = table(("orders",), prefix="api")

    assert found(routes, "/API/orders")[0] == "orders"
    assert routes.find("GET", "/orders") is None


@pytest.mark.parametrize(
    "template",
    ["o/{id:colour}", "o/{id", "o/a{b}", "o/{id:length(x)}", "o/{id:length(1,2,3)}", "o/{id:int(1)}"],
)
def test_templates_that_cannot_be_served_are_refused(template):
    with pytest.raises(BindingError, match="o/"):
        table((template,))
