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
MAX_TOKENS = 5_000
#: From a statewide rate back to member months are eight levels of `inputs`.
MAX_DEPTH = 24
MAX_ALIASES = 200
MAX_FIELDS = 1_000


@dataclass(frozen=True, slots=True)
class Size:
    """Of a selection, with all fragments written out."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0


_NOTHING = Size()


def limit_errors(document: DocumentNode) -> list[GraphQLError]:
    """Which limits the document's operations exceed; operations are counted one by one."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    measured: dict[str, Size] = {}
    errors = []
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            size = _measure(node.selection_set, fragments, measured)
            for name, value, budget in (
                ("depth", size.depth, MAX_DEPTH),
                ("aliases", size.aliases, MAX_ALIASES),
                ("fields", size.fields, MAX_FIELDS),
            ):
                if value > budget:
                    # A value with a thousand digits is nobody's help, and slow to write.
                    shown = str(value) if value < 10**9 else "more than 10^9"
                    message = f"The operation exceeds the limit of {name}: {shown} of at most {budget}."
                    errors.append(refusal(ErrorCode.LIMIT_EXCEEDED, message))
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
            size = _measure_fragment(selection.name.value, fragments, measured)
        else:
            size = _measure(getattr(selection, "selection_set", None), fragments, measured)
        depth = max(depth, size.depth)
        aliases += size.aliases
        fields += size.fields
    return Size(depth, aliases, fields)


def _measure_fragment(name: str, fragments: dict[str, FragmentDefinitionNode], measured: dict[str, Size]) -> Size:
    if name not in measured:
        fragment = fragments.get(name)
        measured[name] = _NOTHING  # for a fragment that spreads itself; validation refuses it
        if fragment is not None:
            measured[name] = _measure(fragment.selection_set, fragments, measured)
    return measured[name]
