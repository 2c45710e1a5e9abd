"""Plans and their cache. A plan holds for an operation of a document, the shape of its variables and a profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import GraphQLError, GraphQLNamedType
from graphql.execution.values import VariableValues, get_variable_values
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import asyncpg

from almoner.authorization.authorizer import PolicyAuthorizer
from almoner.core.recent import Recent
from almoner.core.viewer import Profile
from almoner_graphql.documents import Operation
from almoner_graphql.planner.binders import Telling
from almoner_graphql.planner.build import Binder, Builder, Details, ForGraphQLCore
from almoner_graphql.planner.catalog import Catalog
from almoner_graphql.planner.cost import Cost

#: How much text of statements is remembered; a plan takes some five times its text.
MAX_CHARACTERS = 8_000_000

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]


_NO_VARIABLES = VariableValues({}, {})


class BadVariables(Exception):
    """The variables do not fit; `errors` say where."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement and how to give it its parameters.

    Attributes:
        sql: with `$1`, `$2` …
        names: the parameters, in that order.
        binders: what gives them values; what is the viewer's comes from the reader.
        redacted: response paths that are withheld from this profile.
        denied: response paths of roots that this profile may not ask for, with the permission that they lack.
        cost: what is asked for.
        wanted: response keys of the roots that are about something that may not be there; null there is an error.
        filtered: a list is narrowed by values, on which the best way to its rows depends.
        tellings: verbs to ask before the statement is run, for parameters of it.
        guarded: the statement as it is sent and its parameters, by kind of viewer; the reader puts it together once.
    """

    sql: str
    names: tuple[str, ...]
    binders: tuple[Binder, ...]
    redacted: tuple[tuple[str, ...], ...]
    denied: tuple[tuple[tuple[str, ...], str], ...]
    cost: Cost
    wanted: tuple[str, ...]
    filtered: bool
    tellings: tuple[Telling, ...] = ()
    guarded: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict, compare=False)

    def parameters(self, values: VariableValues, given: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters by name.

        Args:
            given: what no binder gives.

        Raises:
            GraphQLError: an argument is refused, for example a page size; its original error says why.
        """
        bound = {**given}
        for telling in self.tellings:
            bound[telling.parameter] = "[]"
        for bind in self.binders:
            bound.update(bind(values))
        return bound


class Plans:
    """Builds plans for one schema, and keeps those that were used last.

    Raises:
        BadDeclaration: the schema's declarations cannot be right.
    """

    def __init__(self, catalog: Catalog, authorizer: PolicyAuthorizer, *, size: int = MAX_CHARACTERS) -> None:
        self.catalog = catalog
        self._authorizer = authorizer
        self._plans: Recent[tuple[object, ...], Plan | ForGraphQLCore] = Recent(size, weigh=_weight)

    def __len__(self) -> int:
        return len(self._plans)

    def variables(self, operation: Operation, given: Mapping[str, Any] | None) -> VariableValues:
        """The variables with their defaults, of the right types.

        Raises:
            BadVariables: they do not fit.
        """
        definitions = operation.node.variable_definitions
        if not definitions:
            return _NO_VARIABLES
        values = get_variable_values(self.catalog.schema, definitions, dict(given or {}), max_errors=20)
        if isinstance(values, list):
            raise BadVariables(values)
        return values

    def query(self, operation: Operation, values: VariableValues, profile: Profile) -> Plan:
        """The plan for a query with variables of this shape, for viewers of this profile.

        Raises:
            ForGraphQLCore: it asks for the schema, too.
        """
        return self._plan(operation, values, profile, (), Builder.query)

    def roots(self, operation: Operation, values: VariableValues, profile: Profile) -> Plan:
        """The same for the roots of a query that are read from tables, if it has others too."""
        return self._plan(operation, values, profile, ("roots",), Builder.roots)

    def one(
        self,
        operation: Operation,
        values: VariableValues,
        profile: Profile,
        *,
        type_: GraphQLNamedType,
        details: Details,
        path: tuple[str, ...],
        names: tuple[str, ...],
    ) -> Plan:
        """The plan for one object at a place of the response: what a mutation gives to its payload, or an event."""
        return self._plan(
            operation, values, profile, (path, names), lambda builder: builder.one(type_, details, path, names)
        )

    def _plan(
        self,
        operation: Operation,
        values: VariableValues,
        profile: Profile,
        place: tuple[object, ...],
        build: Callable[[Builder], Select[Any]],
    ) -> Plan:
        key = (operation.key, place, _shape(values.coerced), profile)
        found = self._plans.get(key)
        if found is None:
            builder = Builder(self.catalog, operation, values, (self._authorizer, profile))
            try:
                found = _compiled(build(builder), builder)
            except ForGraphQLCore as other:
                found = other.with_traceback(None)
            self._plans.put(key, found)
        if isinstance(found, ForGraphQLCore):
            raise ForGraphQLCore(str(found))
        return found


def _compiled(statement: Select[Any], builder: Builder) -> Plan:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return Plan(
        str(compiled),
        tuple(compiled.positiontup or ()),
        (lambda _values: constants, *builder.binders),
        tuple(builder.redacted),
        tuple(builder.denied),
        builder.cost,
        tuple(builder.wanted),
        builder.filtered,
        tuple(builder.tellings),
    )


def _weight(plan: Plan | ForGraphQLCore) -> int:
    return len(plan.sql) if isinstance(plan, Plan) else 100


def _shape(value: Any) -> object:
    """What of a variable changes the structure of a statement: which parts are there or null, and what is chosen."""
    if value is None or isinstance(value, (bool, Enum)):
        return value
    if isinstance(value, dict):
        return tuple((name, _shape(part)) for name, part in sorted(value.items()))
    return "value"
