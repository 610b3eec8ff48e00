"""Reads Bicep files far enough to compare their names; the syntax tree comes from tree-sitter."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

INFRA = Path(__file__).parents[2] / "infra"
_DECLARATIONS = {
    "parameter_declaration",
    "variable_declaration",
    "resource_declaration",
    "module_declaration",
    "output_declaration",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    required: bool
    secure: bool
    described: bool


@dataclass(frozen=True, slots=True)
class ModuleUse:
    path: str
    given: frozenset[str]


@dataclass(slots=True)
class BicepFile:
    path: Path
    root: Node
    parameters: dict[str, Parameter] = field(default_factory=dict)
    outputs: dict[str, bool] = field(default_factory=dict)  # name → described
    modules: dict[str, ModuleUse] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return self.path.read_text()


def read(path: Path) -> BicepFile:
    root = Parser(Language(tree_sitter_bicep.language())).parse(path.read_bytes()).root_node
    file = BicepFile(path, root)
    decorators: list[str] = []
    for node in root.named_children:
        if node.type == "decorators":
            decorators = [text_of(decorator) for decorator in node.named_children]
            continue
        if node.type in _DECLARATIONS:
            _declare(file, node, decorators)
        decorators = []
    return file


def _declare(file: BicepFile, node: Node, decorators: list[str]) -> None:
    name = text_of(node.named_children[0])
    described = any(decorator.startswith("@description(") for decorator in decorators)
    match node.type:
        case "parameter_declaration":
            required = not any(child.type == "=" for child in node.children)
            file.parameters[name] = Parameter(required, "@secure()" in decorators, described)
        case "output_declaration":
            file.outputs[name] = described
            return  # nothing inside a file can refer to an output
        case "module_declaration":
            body = properties(next(child for child in node.named_children if child.type == "object"))
            path = text_of(node.named_children[1]).strip("'")
            file.modules[name] = ModuleUse(path, frozenset(properties(body["params"])))
        case _:
            pass
    file.declared.add(name)


def properties(node: Node) -> dict[str, Node]:
    """The values of an object by their names."""
    pairs = [child for child in node.named_children if child.type == "object_property"]
    return {text_of(pair.named_children[0]).strip("'"): pair.named_children[-1] for pair in pairs}


def resource(file: BicepFile, symbol: str) -> dict[str, Node]:
    """The properties of a resource that is not a loop."""
    for node in file.root.named_children:
        if node.type == "resource_declaration" and text_of(node.named_children[0]) == symbol:
            body = properties(next(child for child in node.named_children if child.type == "object"))
            return properties(body["properties"])
    raise KeyError(symbol)


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.named_children:
        yield from walk(child)


def text_of(node: Node) -> str:
    assert node.text is not None  # set by the parser
    return node.text.decode()


FILES = {path.relative_to(INFRA).as_posix(): read(path) for path in sorted(INFRA.rglob("*.bicep"))}
