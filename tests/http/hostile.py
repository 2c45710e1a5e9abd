"""Documents that nobody sends who means well. `hostile(seed)` makes them anew, so that no cache has seen them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

PARSE, VALIDATION, LIMIT = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED"
DEEPER_THAN_PYTHON = "deeper than Python"


@dataclass(frozen=True)
class Hostile:
    """A document, and how it is refused: with a code, and for a limit with the limit's name."""

    name: str
    query: str
    code: str = LIMIT
    limit: str = ""
    variables: dict[str, Any] | None = None


def body_of(document: Hostile) -> str:
    """The body of its request."""
    body = json.dumps({"query": document.query, "variables": document.variables})
    # json.dumps cannot write this either.
    return body.replace(f'"{DEEPER_THAN_PYTHON}": 0', '"x": ' + "[" * 50_000 + "]" * 50_000)


def nested_list(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def hostile(seed: int) -> list[Hostile]:
    """All of them; the seed is in a name or a number of each."""
    a = f"a{seed}_"
    node = f'node(id: "{seed}")'
    return [*_too_large(a), *_too_deep(a, node), *_too_many(a, node), *_fragments(a), *_invalid(a, node)]


def _too_large(a: str) -> list[Hostile]:
    name, block = a + "x" * 40_000, '"""' + '\\"""' * 10_000
    return [
        Hostile("1 MB of tokens", f"{{ {a}: " + "__typename " * 95_000 + "}", limit="characters"),
        Hostile("1 MB of one comment", f"#{a}" + "x" * 1_000_000 + "\n{ __typename }", limit="characters"),
        Hostile("50 KB of tokens", f"{{ {a}: __typename " + "a " * 24_000 + "}", limit="tokens"),
        Hostile("50 KB of punctuation", f"{{ {a} " + "!" * 49_000, limit="tokens"),
        Hostile("50 KB of comments", f"#{a}\n" * 8_000 + "{ __typename }", limit="tokens"),
        Hostile("very long field", f"{{ {name} }}", limit="name length"),
        Hostile("very long alias", f"{{ {name}: __typename }}", limit="name length"),
        Hostile("very long fragment name", f"{{ ...{name} }}", limit="name length"),
        Hostile("string without an end", f'{{ {a}: node(id: "' + "x\\\\" * 16_000 + " }", code=PARSE),
        Hostile("block string without an end", f"{{ {a}: node(id: {block}) }}", code=PARSE),
        Hostile("spaces and then nothing", f"{{ {a}" + " " * 49_000 + "?", code=PARSE),
    ]


def _too_deep(a: str, node: str) -> list[Hostile]:
    return [
        Hostile("nested fields", f"{{ {a}: " + f"{node} {{ " * 200 + "id" + " }" * 201, limit="nesting"),
        Hostile("nested explanations", _explained(node, 40), limit="depth"),
        Hostile(
            "nested inline fragments", f"{{ {a}: {node} " + "{ ... " * 300 + "{ id }" + " }" * 301, limit="nesting"
        ),
        Hostile("braces", f"{{ {a} " + "{ " * 1_900, limit="nesting"),
        Hostile("nested list in an argument", _with_argument(a, "[" * 900 + "]" * 900), limit="nesting of values"),
        Hostile(
            "nested object in an argument", _with_argument(a, "{x: " * 300 + "1" + "}" * 300), limit="nesting of values"
        ),
        Hostile(
            "nested type of a variable",
            f"query ${a}($x: " + "[" * 900 + "Int" + "]" * 900 + ") { id }",
            limit="nesting",
        ),
        Hostile(
            "nested list in a variable",
            f"query Q{a}($id: ID!) {{ node(id: $id) {{ id }} }}",
            limit="nesting of values",
            variables={"id": nested_list(400)},
        ),
        Hostile(
            "nested list in a variable that is not declared",
            f"query Q{a} {{ __typename }}",
            limit="nesting of values",
            variables={"x": {"y": [nested_list(200)] * 100}},
        ),
        Hostile(
            "list in a variable nested beyond what Python reads",
            f"query Q{a} {{ __typename }}",
            limit="nesting of values",
            variables={DEEPER_THAN_PYTHON: 0},
        ),
    ]


def _explained(node: str, depth: int) -> str:
    return f"{{ {node} {{ ... on RateFigure {{ " + "inputs { " * depth + "id" + " }" * depth + " } } }"


def _with_argument(a: str, value: str) -> str:
    return f"{{ {a}: node(id: {value}) {{ id }} }}"


def _too_many(a: str, node: str) -> list[Hostile]:
    return [
        Hostile("aliases", "{ " + " ".join(f"{a}{n}: __typename" for n in range(600)) + " }", limit="aliases"),
        Hostile("fields", f"{{ {a}: __typename " + "__typename " * 1_900 + "}", limit="fields"),
        Hostile("directives on a field", f"{{ {a}: __typename " + "@x " * 900 + "}", limit="directives"),
        Hostile(
            "directives with arguments",
            f"{{ {a}: __typename " + "@include(if: true) " * 250 + "}",
            limit="directives",
        ),
        Hostile("directives on an operation", f"query Q{a} " + "@x " * 900 + "{ __typename }", limit="directives"),
        Hostile("operations", " ".join(f"query {a}{n} {{ __typename }}" for n in range(390)), limit="definitions"),
        Hostile("operations without names", f"{{ {a} }}" + "{ a }" * 600, limit="definitions"),
        Hostile(
            "fragments",
            f"{{ {a}: __typename }} " + " ".join(f"fragment {a}{n} on Query {{ id }}" for n in range(280)),
            limit="definitions",
        ),
        Hostile("one field again and again", f"{{ {a}: __typename " + f"{node} {{ id }} " * 200 + "}", limit="pairs"),
        Hostile(
            "one field again and again in a fragment that nobody spreads",
            f"{{ {a}: __typename }} fragment F on Query {{ " + f"{node} {{ id }} " * 190 + "}",
            limit="pairs",
        ),
        Hostile("trees of one field", f"{{ {a}: __typename {_tree(node, 6)} }}", limit="pairs"),
    ]


def _tree(node: str, depth: int) -> str:
    return "id" if depth == 0 else f"{node} {{ {_tree(node, depth - 1)} }} " * 2


def _fragments(a: str) -> list[Hostile]:
    def chain(count: int, spreads: int, last: str) -> str:
        text = [f"fragment {a}{n} on Query {{ " + f"...{a}{n + 1} " * spreads + "}" for n in range(count)]
        return f"{{ ...{a}0 }} " + " ".join(text) + f" fragment {a}{count} on Query {{ {last} }}"

    return [
        Hostile("fragment bomb, doubling", chain(90, 2, "__typename"), limit="fields"),
        Hostile("fragment bomb, tenfold", chain(50, 10, "__typename"), limit="fields"),
        Hostile("fragment bomb of aliases", chain(5, 3, "x: __typename"), limit="aliases"),
        Hostile("fragment that spreads itself", f"{{ ...{a} }} fragment {a} on Query {{ ...{a} }}", code=VALIDATION),
        Hostile("circle of fragments", chain(90, 1, f"...{a}0"), code=VALIDATION),
        Hostile("circles of fragments", chain(40, 8, " ".join(f"...{a}{n}" for n in range(40))), code=VALIDATION),
    ]


def _invalid(a: str, node: str) -> list[Hostile]:
    types = " ".join("... on RateFigure { id }" for _ in range(60))
    variables = ", ".join(f"${a}{n}: ID" for n in range(400))
    return [
        Hostile(
            "unknown fields", f"{{ {a}: __typename " + " ".join(f"x{n}" for n in range(400)) + " }", code=VALIDATION
        ),
        Hostile("long list in an argument", _with_argument(a, "[" + "1 " * 1_900 + "]"), code=VALIDATION),
        Hostile(
            "unknown arguments", _with_argument(a, "1, " + ", ".join(f"x{n}: 1" for n in range(600))), code=VALIDATION
        ),
        Hostile("variables that nobody uses", f"query ({variables}) {{ {node} {{ id }} }}", code=VALIDATION),
        Hostile("conflicting fields", f"{{ {a}: {node} {{ {types} id: __typename x }} }}", code=VALIDATION),
    ]
