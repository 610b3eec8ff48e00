"""The Bicep files fit together: no compiler is at hand, so the names it would check are checked here."""

import json
import re

import pytest

from checks.bicep import mistakes_in
from tests.support.bicep import FILES, INFRA, text_of, walk

FUNCTIONS = {
    *("coalesce", "empty", "environment", "guid", "join", "loadJsonContent", "replace", "subscription"),
    *("subscriptionResourceId", "toLower", "uniqueString", "union"),
}


@pytest.mark.parametrize("name", FILES)
def test_it_parses(name):
    assert mistakes_in((INFRA / name).read_bytes()) == []


@pytest.mark.parametrize("name", FILES)
def test_parameters_and_outputs_are_described(name):
    file = FILES[name]
    assert [key for key, parameter in file.parameters.items() if not parameter.described] == []
    assert [key for key, described in file.outputs.items() if not described] == []


@pytest.mark.parametrize("name", FILES)
def test_secrets_are_secure_parameters(name):
    secret = re.compile(r"secret$|password$|username$|apikey$|jwk$", re.IGNORECASE)
    harmless = {"senderUsername", "emailSenderUsername", "hasMetricsApiKey"}
    parameters = FILES[name].parameters
    suspects = {key for key, parameter in parameters.items() if secret.search(key)} - harmless
    assert {key for key in suspects if not parameters[key].secure} == set()
    assert [key for key in FILES[name].outputs if secret.search(key) and not key.startswith("has")] == []


@pytest.mark.parametrize("name", FILES)
def test_every_symbol_is_declared_and_every_declared_value_is_used(name):
    file = FILES[name]
    loop_names = {text_of(node.named_children[0]) for node in walk(file.root) if node.type == "for_statement"}
    called = {text_of(node.named_children[0]) for node in walk(file.root) if node.type == "call_expression"}
    used = {text_of(node) for node in walk(file.root) if _is_reference(node)}
    assert used - file.declared - loop_names - FUNCTIONS - called == set()
    assert called - FUNCTIONS - {"description", "secure", "allowed", *_LIMITS} == set()
    assert set(file.parameters) - used == set()


_LIMITS = ("minLength", "maxLength", "minValue", "maxValue")


def _is_reference(node):
    if node.type != "identifier" or node.parent is None:
        return False
    first = node.parent.named_children[0] == node
    if node.parent.type.endswith("_declaration"):
        return not first
    return not (first and node.parent.type in ("object_property", "for_statement"))


def test_modules_get_what_they_ask_for_and_nothing_else():
    main = FILES["main.bicep"]
    assert {use.path for use in main.modules.values()} == set(FILES) - {"main.bicep"}
    for use in main.modules.values():
        parameters = FILES[use.path].parameters
        required = {name for name, parameter in parameters.items() if parameter.required}
        assert required <= use.given <= set(parameters), use.path


def test_outputs_of_modules_exist():
    main = FILES["main.bicep"]
    uses = re.findall(r"\b(\w+)\.outputs\.(\w+)", main.text)
    assert len(uses) > 10
    missing = [
        (module, name) for module, name in uses if name not in FILES[main.modules[module].path].outputs
    ]
    assert missing == []


def test_the_parameters_file_gives_what_main_requires():
    given = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
    parameters = FILES["main.bicep"].parameters
    required = {name for name, parameter in parameters.items() if parameter.required}
    assert required <= set(given) <= set(parameters)
    for name in required:  # an empty default would hide that it has not been set
        assert re.fullmatch(r"\$\{[A-Z_]+\}", given[name]["value"]), name
