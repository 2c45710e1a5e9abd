"""The first look at a request: at its text and its variables, before anything is parsed.

graphql-core needs some 10 µs for a token and keeps half a kilobyte for it; one regular expression needs a fiftieth of
that time and keeps nothing. What is too large is refused here, and the parser only sees what it can read quickly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from graphql import GraphQLError

from almoner_graphql.limits import MAX_TOKENS, over_limit

#: Packages travel in variables, so that a document is what somebody wrote by hand or a tool put together from that.
MAX_CHARACTERS = 50_000
#: Operations and fragments.
MAX_DEFINITIONS = 100
#: Brackets of any kind. Fields nest at most `limits.MAX_DEPTH` deep; inline fragments, arguments come on top.
MAX_NESTING = 64
#: Lists and objects in each other, in arguments and in variables. The deepest input type has four levels.
MAX_VALUE_NESTING = 16
MAX_DIRECTIVES = 8
MAX_NAME_LENGTH = 255

# Always matches, so that no text makes it look at a character more than twice: a string without an end goes to the end
# of its line or of the document, and what is no token at all counts as one. The parser refuses both.
_TOKENS = re.compile(
    r"[ \t\n\r,\ufeff]*+"
    r"(#[^\n\r]*+"
    r'|"""(?:[^"\\]|\\"""|\\|"(?!""))*+(?:""")?+'
    r'|"(?:[^"\\\n\r]|\\.)*+"?+'
    r"|[_A-Za-z][_0-9A-Za-z]*+"
    r"|-?+[0-9][_0-9A-Za-z.+-]*+"
    r"|\.\.\."
    r"|."
    r"|\Z)",
    re.DOTALL,
)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def text_errors(text: str) -> list[GraphQLError]:
    """Which limits the text of a document exceeds; nothing is looked at after the first."""
    if len(text) > MAX_CHARACTERS:
        return [over_limit("characters", len(text), MAX_CHARACTERS)]
    tokens: list[str] = [token for token in _TOKENS.findall(text) if token]
    if len(tokens) > MAX_TOKENS:
        return [over_limit("tokens", len(tokens), MAX_TOKENS)]
    values = (
        ("name length", max((len(token) for token in tokens if token[0].isidentifier()), default=0), MAX_NAME_LENGTH),
        *_nesting(tokens),
        ("directives in one place", _longest_run_of_directives(tokens), MAX_DIRECTIVES),
    )
    return [over_limit(*found) for found in values if found[1] > found[2]][:1]


def variable_errors(variables: dict[str, object] | None) -> list[GraphQLError]:
    """Whether lists and objects in variables are nested too deeply. Not how large they are: a package is large."""
    level: list[object] = [*(variables or {}).values()]
    depth = 0
    while level := [value for value in level if isinstance(value, list | dict)]:
        depth += 1
        if depth > MAX_VALUE_NESTING:
            # No further: what is this deep may be a thousand deep.
            return [over_limit("nesting of values", depth, MAX_VALUE_NESTING)]
        level = [*chain.from_iterable(_inside(value) for value in level)]
    return []


def _inside(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _nesting(tokens: list[str]) -> tuple[tuple[str, int, int], ...]:
    depth = deepest = definitions = deepest_value = 0
    parentheses: list[int] = []
    for mark in tokens:
        if mark in _OPENING:
            definitions += depth == 0 and mark == "{"
            depth += 1
            deepest = max(deepest, depth)
            if mark == "(":
                parentheses.append(depth)
            elif parentheses:
                deepest_value = max(deepest_value, depth - parentheses[-1])
        elif mark in _CLOSING:
            depth -= 1
            if mark == ")" and parentheses:
                parentheses.pop()
    return (
        ("definitions", definitions, MAX_DEFINITIONS),
        ("nesting of values", deepest_value, MAX_VALUE_NESTING),
        ("nesting", deepest, MAX_NESTING),
    )


def _longest_run_of_directives(tokens: list[str]) -> int:
    longest = 0
    runs = [0]  # one for each pair of parentheses that is open: directives take arguments
    before = ""
    for mark in tokens:
        if mark == "@":
            runs[-1] += 1
            longest = max(longest, runs[-1])
        elif mark == "(":
            runs.append(0)
        elif mark == ")":
            if len(runs) > 1:
                runs.pop()
        elif before != "@" and not mark.startswith("#"):
            runs[-1] = 0
        before = mark if not mark.startswith("#") else before
    return longest
