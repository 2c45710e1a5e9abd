"""What surrounds every operation, whichever way it came: limits, validation, who may, errors, what was withheld."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    get_operation_ast,
    specified_rules,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema import Schema
from strawberry.schema.schema import validate_document
from strawberry.types.execution import ExecutionResult, StreamExecutionResult

from almoner_graphql.context import Context
from almoner_graphql.errors import ErrorCode, present, refusal
from almoner_graphql.limits import limit_errors

#: What somebody unknown may ask for.
PUBLIC_FIELDS = frozenset(
    {
        "login",
        "setPassword",
        "beginProviderSignIn",
        "completeProviderSignIn",
        "__typename",
        "__schema",
        "__type",
    }
)


class Operation(SchemaExtension):
    """One operation: its own context, checked before it runs, its errors made fit for clients."""

    #: Whether messages may name fields that the client did not, and whether the schema may be asked for.
    open_schema = True

    def __init__(self) -> None:
        super().__init__()
        self.context: Context | None = None
        self._executing = False

    async def on_operation(self) -> AsyncIterator[None]:
        """Give the operation a context of its own, and end its reading transaction with it."""
        self.context = cast(Context, self.execution_context.context).fork()
        self.execution_context.context = self.context
        try:
            yield
        finally:
            await self.context.release()

    def on_validate(self) -> Iterator[None]:
        """Check limits, validity and who asks, and keep Strawberry from validating again."""
        document = self.execution_context.graphql_document
        if document is None:
            raise RuntimeError("an operation is validated after it was parsed")
        errors = _document_errors(self.execution_context.schema, document, self.open_schema)
        self.execution_context.pre_execution_errors = [*(errors or self._operation_errors(document))]
        yield

    def on_execute(self) -> Iterator[None]:
        """Remember that validation is over."""
        self._executing = True
        yield

    async def on_stream_result(self, result: StreamExecutionResult) -> AsyncIterator[None]:
        """Present the errors of an event, and hold no transaction while waiting for the next one."""
        if isinstance(result, ExecutionResult) and result.errors:
            result.errors = [
                present(error, executing=self._executing, suggestions=self.open_schema) for error in result.errors
            ]
        if self.context is not None:
            await self.context.release()
        yield

    def get_results(self) -> dict[str, Any]:
        """`extensions.redacted`: where fields were withheld."""
        redacted = self.context.redacted if self.context is not None else []
        return {"redacted": [*redacted]} if redacted else {}

    def _operation_errors(self, document: DocumentNode) -> list[GraphQLError]:
        # Strawberry takes the first operation if none is named; the specification wants an error if there are several.
        named = self.execution_context._provided_operation_name
        operation = get_operation_ast(document, named)
        if operation is None:
            return [refusal(ErrorCode.BAD_REQUEST, "Name one of the operations in `operationName`.")]
        context = self.context
        if context is not None and context.session is None and not root_fields(document, operation) <= PUBLIC_FIELDS:
            return [refusal(ErrorCode.UNAUTHENTICATED, "Sign in first: this needs a token.")]
        return []


class GuardedOperation(Operation):
    """The same where the schema is not for everybody to read."""

    open_schema = False


@lru_cache(maxsize=32)
def _document_errors(schema: Schema, document: DocumentNode, open_schema: bool) -> tuple[GraphQLError, ...]:
    errors = limit_errors(document)
    if errors:
        return tuple(errors)
    rules = specified_rules if open_schema else (*specified_rules, NoSchemaIntrospectionCustomRule)
    return tuple(validate_document(schema._schema, document, tuple(rules)))


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> set[str]:
    """The names of the fields that an operation selects at its root."""
    fragments = {
        node.name.value: node.selection_set for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    names: set[str] = set()
    seen: set[str] = set()
    waiting: list[SelectionSetNode] = [operation.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                names.add(selection.name.value)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                waiting.append(fragments[selection.name.value])
    return names
