"""What surrounds every operation that Strawberry runs: its own context, who may, errors, what was withheld."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import ExecutionResult, StreamExecutionResult

from almoner_graphql.context import Context
from almoner_graphql.documents import PUBLIC_MUTATIONS
from almoner_graphql.errors import ErrorCode, present, refusal
from almoner_graphql.gate import Gate, Refusal

#: What somebody unknown may ask for.
PUBLIC_FIELDS = PUBLIC_MUTATIONS | {"__typename", "__schema", "__type"}


class OperationExtension(SchemaExtension):
    """Gives an operation a context of its own and the document that the gate parsed; makes errors fit for clients."""

    def __init__(self) -> None:
        super().__init__()
        self.context: Context | None = None
        self._refused: list[GraphQLError] = []
        self._executing = False

    @property
    def _suggestions(self) -> bool:
        return bool(self.execution_context.schema.open_schema)  # type: ignore[attr-defined]

    async def on_operation(self) -> AsyncIterator[None]:
        """Give the operation a context of its own."""
        self.context = cast(Context, self.execution_context.context).fork()
        self.execution_context.context = self.context
        yield

    def on_parse(self) -> Iterator[None]:
        """Take the document that has passed the gate, so that Strawberry does not parse it again."""
        execution = self.execution_context
        gate: Gate = execution.schema.gate  # type: ignore[attr-defined]
        try:
            document = gate.document(execution.query or "", execution.variables)
        except Refusal as refusal_:
            self._refused = refusal_.errors
            document = gate.document("{ __typename }", None)
        execution.graphql_document = document.ast
        named = execution._provided_operation_name
        if self.context is not None:
            self.context.operation = document.operation(named)
            self.context.variables = execution.variables
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Say what the gate found and who may ask for this, and keep Strawberry from validating again."""
        self.execution_context.pre_execution_errors = self._refused or await self._operation_errors()
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Validation is over. A query that is read from tables alone is answered here, by the planner.

        Raises:
            GraphQLError: a mutation was not let in, which is no matter of one of its fields.
        """
        self._executing = True
        context = self.context
        if context is None:
            yield
            return
        self.execution_context.result = await context.answer()
        yield
        operation = context.operation
        if operation is not None and operation.acts_in_scopes:
            await context.admit()

    async def on_stream_result(self, result: StreamExecutionResult) -> AsyncIterator[None]:
        """Present the errors of an event."""
        if isinstance(result, ExecutionResult) and result.errors:
            result.errors = [
                present(error, executing=self._executing, suggestions=self._suggestions) for error in result.errors
            ]
        yield

    def get_results(self) -> dict[str, Any]:
        """What is said beside the data: the cost, and `redacted`: where fields were withheld."""
        return self.context.extensions if self.context is not None else {}

    async def _operation_errors(self) -> list[GraphQLError]:
        # Strawberry takes the first operation if none is named; the specification wants an error if there are several.
        context = self.context
        operation = context.operation if context is not None else None
        if context is None or operation is None:
            return [refusal(ErrorCode.BAD_REQUEST, "Name one of the operations in `operationName`.")]
        may_ask = context.session is not None or (operation.is_query and context.may_read)
        if not may_ask and not PUBLIC_FIELDS.issuperset(operation.root_fields()):
            return [refusal(ErrorCode.UNAUTHENTICATED, "Sign in first: this needs a token.")]
        if not operation.is_query and not operation.acts_in_scopes:
            try:
                await context.admit()
            except GraphQLError as error:
                return [error]
        return []
