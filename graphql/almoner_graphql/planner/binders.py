"""What gives a plan's parameters their values, for each request anew.

A plan is kept for as long as it is used, and so is all that these hold on to: no builder, no expression, and of the
document the field's arguments only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import FieldNode, GraphQLError, GraphQLField, GraphQLInputObjectType, get_named_type
from graphql.execution.values import VariableValues, get_argument_values

from almoner.core.errors import AlmonerError, NotFound
from almoner.core.ids import split_global_id
from almoner_graphql.planner.cursors import page_size, position
from almoner_graphql.planner.filters import stored


@dataclass(frozen=True, slots=True)
class Telling:
    """A verb to ask before the statement is run, for the root with this response key.

    Attributes:
        arguments: by name: the parameter with the value, or a boolean as it is.
        parameter: takes what the verb tells.
    """

    key: str
    verb: Callable[..., Awaitable[Mapping[str, Any]]]
    arguments: Mapping[str, str | bool]
    parameter: str


def bare(node: FieldNode) -> FieldNode:
    """The field without what is selected of it; its arguments and its place in the text are the same."""
    return FieldNode(name=node.name, arguments=node.arguments, loc=node.loc)


def asked(arguments: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Field, operator and value of what a filter asks for; null asks for nothing."""
    for name, operators in (arguments.get("filter") or {}).items():
        yield from ((name, operator, value) for operator, value in (operators or {}).items() if value is not None)


def positions(prefix: str, argument: str, keys: int) -> list[str]:
    """The names of the parameters for the keys of a cursor."""
    return [f"{prefix}_{argument}_{place}" for place in range(keys)]


def compared(prefix: str, name: str, operator: str) -> str:
    """The name of the parameter for what an operator of a filter compares with."""
    return f"{prefix}_{name}_{operator}"


@dataclass(frozen=True, slots=True)
class ArgumentBinder:
    """Of one argument of a field."""

    definition: GraphQLField
    node: FieldNode
    name: str
    parameter: str
    convert: Callable[[Any], Any]

    def __call__(self, values: VariableValues) -> Mapping[str, Any]:
        """The parameter with its value."""
        return {self.parameter: self.convert(get_argument_values(self.definition, self.node, values)[self.name])}


@dataclass(frozen=True, slots=True)
class IdBinder:
    """Of a field's argument `id`, a global id: a parameter for each type that it may be of, null for the others.

    Attributes:
        types: what the ids of each parameter's objects are called.
    """

    definition: GraphQLField
    node: FieldNode
    types: Mapping[str, tuple[str, ...]]

    def __call__(self, values: VariableValues) -> Mapping[str, Any]:
        """The parameters with their values: all null for a text that is no id, or one of another type."""
        try:
            name, row_id = split_global_id(get_argument_values(self.definition, self.node, values)["id"])
        except NotFound:
            return dict.fromkeys(self.types)
        return {parameter: row_id if name in names else None for parameter, names in self.types.items()}


@dataclass(frozen=True, slots=True)
class PageBinder:
    """Of the size of a page, where it begins and what its filter compares with.

    Attributes:
        prefix: of the parameters' names.
        kind, parsers: of the order's cursors.
    """

    definition: GraphQLField
    node: FieldNode
    prefix: str
    kind: str
    parsers: list[Callable[[str], Any]]

    def __call__(self, values: VariableValues) -> Mapping[str, Any]:
        """The parameters with their values.

        Raises:
            GraphQLError: an argument is refused; its original error says why.
        """
        arguments = get_argument_values(self.definition, self.node, values)
        try:
            size = page_size(arguments)
            bound = {f"{self.prefix}_size": size, f"{self.prefix}_more": size + 1}
            for name in ("after", "before"):
                text = arguments.get(name)
                if text is not None:
                    keys = position(self.kind, text, name, self.parsers)
                    bound |= zip(positions(self.prefix, name, len(keys)), keys, strict=True)
            return bound | self._filters(arguments)
        except AlmonerError as error:
            raise GraphQLError(str(error), self.node, original_error=error) from error

    def _filters(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        bound = {}
        for name, operator, value in asked(arguments):
            if operator != "isNull":
                inputs = cast(GraphQLInputObjectType, get_named_type(self.definition.args["filter"].type))
                type_ = cast(GraphQLInputObjectType, get_named_type(inputs.fields[name].type))
                bound[compared(self.prefix, name, operator)] = stored(type_, operator, value, ("filter", name))
        return bound
