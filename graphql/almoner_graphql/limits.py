"""What an operation may cost before anything of it is run. Each refusal names the limit, the value and the budget.

Every fragment is measured once, however often it is spread: a document of a few lines can otherwise stand for more
fields than there are atoms. The limits are checked before validation, whose own cost grows with the square of the
number of fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)

from almoner_graphql.errors import ErrorCode, refusal

#: A package travels in variables, which are not counted; the longest sensible document is far below this.
MAX_TOKENS = 2_000
#: From a statewide rate back to member months are eight levels of `inputs`.
MAX_DEPTH = 24
MAX_ALIASES = 200
MAX_FIELDS = 1_000
#: Fields with the same place in the response are compared with each other, two by two, some 20 µs each time. Sixty
#: selections of one field are 1,770 pairs.
MAX_PAIRS = 2_000
#: Roots that a verb is asked for, such as `canDecide`: some ten statements each.
MAX_TOLD = 20


@dataclass(frozen=True, slots=True)
class Size:
    """Of a selection, with all fragments written out."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0


_NOTHING = Size()
_BEGUN = Size()  # of a fragment whose measuring has begun, known by its identity


class _Circle(Exception):
    """A fragment spreads itself; `spread` closes the circle."""

    def __init__(self, spread: FragmentSpreadNode) -> None:
        super().__init__()
        self.spread = spread


def over_limit(name: str, value: int, budget: int) -> GraphQLError:
    """The refusal of what exceeds a limit, with the limit's name, the value and the budget."""
    # A value with a thousand digits is nobody's help, and slow to write.
    shown = str(value) if value < 10**9 else "more than 10^9"
    return refusal(ErrorCode.LIMIT_EXCEEDED, f"The operation exceeds the limit of {name}: {shown} of at most {budget}.")


def limit_errors(document: DocumentNode) -> list[GraphQLError]:
    """Which limits the first operation or fragment exceeds that exceeds one; they are counted one by one.

    Fragments too, for validation looks at those that nobody spreads as well. A circle of fragments is refused at once,
    as validation would after much longer.
    """
    try:
        return _limit_errors(document)
    except _Circle as circle:
        name = circle.spread.name.value
        message = f"Cannot spread fragment '{name}' within itself."
        code = ErrorCode.GRAPHQL_VALIDATION_FAILED
        return [GraphQLError(message, circle.spread, extensions={"code": code.value})]


def _limit_errors(document: DocumentNode) -> list[GraphQLError]:
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    measured: dict[str, Size] = {}
    errors = []
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            size = _measure(node.selection_set, fragments, measured)
            found = [
                ("depth", size.depth, MAX_DEPTH),
                ("aliases", size.aliases, MAX_ALIASES),
                ("fields", size.fields, MAX_FIELDS),
            ]
            if size.fields <= MAX_FIELDS:
                found.append(("pairs of fields in one place", _pairs(node.selection_set, fragments), MAX_PAIRS))
            errors += [over_limit(*each) for each in found if each[1] > each[2]]
            if errors:
                break
    return errors


def _measure(
    selections: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode], measured: dict[str, Size]
) -> Size:
    if selections is None:
        return _NOTHING
    depth = aliases = fields = 0
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            inner = _measure(selection.selection_set, fragments, measured)
            size = Size(inner.depth + 1, inner.aliases + (selection.alias is not None), inner.fields + 1)
            if selection.name.value.startswith("__"):
                # Introspection nests deeply by its nature, and is bounded by the tokens.
                size = Size(0, size.aliases, 1)
        elif isinstance(selection, FragmentSpreadNode):
            size = _measure_fragment(selection, fragments, measured)
        else:
            size = _measure(getattr(selection, "selection_set", None), fragments, measured)
        depth = max(depth, size.depth)
        aliases += size.aliases
        fields += size.fields
    return Size(depth, aliases, fields)


def _measure_fragment(
    spread: FragmentSpreadNode, fragments: dict[str, FragmentDefinitionNode], measured: dict[str, Size]
) -> Size:
    name = spread.name.value
    if measured.get(name) is _BEGUN:
        raise _Circle(spread)
    if name not in measured:
        fragment = fragments.get(name)
        measured[name] = _BEGUN
        measured[name] = _measure(fragment.selection_set, fragments, measured) if fragment is not None else _NOTHING
    return measured[name]


def _pairs(root: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> int:
    """How many pairs of fields have the same place in the response, with all fragments written out."""
    places: dict[tuple[int, str], int] = {}  # the parent's place and the response's key -> number of the place
    count: list[int] = []
    waiting: list[tuple[SelectionSetNode, int]] = [(root, -1)]
    while waiting:
        selections, parent = waiting.pop()
        for selection in selections.selections:
            place, inner = parent, getattr(selection, "selection_set", None)
            if isinstance(selection, FieldNode):
                key = (selection.alias or selection.name).value
                place = places.setdefault((parent, key), len(count))
                if place == len(count):
                    count.append(0)
                count[place] += 1
            elif isinstance(selection, FragmentSpreadNode):
                fragment = fragments.get(selection.name.value)
                inner = fragment.selection_set if fragment is not None else None
            if inner is not None:
                waiting.append((inner, place))
    return sum(number * (number - 1) // 2 for number in count)
