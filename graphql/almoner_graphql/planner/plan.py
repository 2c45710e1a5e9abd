"""Plans and their cache. A plan holds for an operation of a document, the shape of its variables and a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues, get_variable_values
from sqlalchemy.dialects.postgresql import asyncpg

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.core.recent import Recent
from almoner.core.viewer import Profile
from almoner_graphql.planner.build import Binder, Builder
from almoner_graphql.planner.declare import SlowRoad

MAX_PLANS = 512
MAX_DOCUMENT_CHARACTERS = 20_000

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement and how to give it its parameters.

    Attributes:
        sql: with `$1`, `$2` …
        names: the parameters, in that order.
        binders: what gives them values; what `parameters_of` says comes from the viewer.
        redacted: response paths that are withheld from this profile.
    """

    sql: str
    names: tuple[str, ...]
    binders: tuple[Binder, ...]
    redacted: tuple[tuple[str, ...], ...]

    def parameters(self, values: VariableValues, viewer: Mapping[str, Any]) -> list[Any]:
        """The parameters in their order.

        Raises:
            AlmonerError: an argument is refused, for example a page size.
            SlowRoad: an argument that only the slow road can refuse properly.
        """
        bound = dict(viewer)
        for bind in self.binders:
            bound.update(bind(values))
        return [bound[name] for name in self.names]


@dataclass(frozen=True, slots=True)
class Query:
    """A document's operation, parsed and valid, that is a query."""

    key: tuple[str, str | None]
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]

    @classmethod
    def of(cls, text: str, document: DocumentNode, operation_name: str | None) -> Query | None:
        """The operation, or None if it is no query."""
        operation = get_operation_ast(document, operation_name)
        if operation is None or operation.operation is not OperationType.QUERY:
            return None
        fragments = {
            node.name.value: FragmentDetails(node)
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        return cls((text, operation_name), operation, fragments)


class Plans:
    """Builds plans, and keeps those that were used last. What cannot be planned is remembered as well."""

    def __init__(self, schema: GraphQLSchema, authorizer: PolicyAuthorizer, *, size: int = MAX_PLANS) -> None:
        self._schema = schema
        self._authorizer = authorizer
        self._plans: Recent[tuple[object, ...], Plan | SlowRoad] = Recent(size)

    def __len__(self) -> int:
        return len(self._plans)

    def variables(self, query: Query, given: Mapping[str, Any] | None) -> VariableValues:
        """The variables with their defaults, of the right types.

        Raises:
            SlowRoad: they do not fit, which graphql-core says better.
        """
        definitions = query.operation.variable_definitions or ()
        values = get_variable_values(self._schema, definitions, dict(given or {}), max_errors=1)
        if isinstance(values, list):
            raise SlowRoad("the variables do not fit")
        return values

    def plan(self, query: Query, values: VariableValues, profile: Profile) -> Plan:
        """The plan for this query with variables of this shape, for viewers of this profile.

        Raises:
            SlowRoad: some part of it is Python's to answer.
        """
        key = (query.key, _shape(values.coerced), profile)
        found = self._plans.get(key)
        if found is None:
            try:
                found = self._build(query, values, profile)
            except SlowRoad as slow:
                found = slow.with_traceback(None)
            self._plans.put(key, found)
        if isinstance(found, SlowRoad):
            raise SlowRoad(str(found))
        return found

    def _build(self, query: Query, values: VariableValues, profile: Profile) -> Plan:
        builder = Builder(self._schema, query.operation, query.fragments, values, (self._authorizer, profile))
        compiled = builder.statement().compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        binders: list[Binder] = [lambda _values: constants, *builder.binders]
        names = tuple(compiled.positiontup or ())
        return Plan(str(compiled), names, tuple(binders), tuple(tuple(path) for path in builder.redacted))


def _shape(value: Any) -> object:
    """What of a variable changes the structure of a statement: which parts are there, which are null, and booleans."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return tuple((name, _shape(part)) for name, part in sorted(value.items()))
    return "value"
