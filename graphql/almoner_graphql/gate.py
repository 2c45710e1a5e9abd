"""What a request must pass before it is handed to Strawberry, over HTTP and over WebSocket alike.

Strawberry keeps parsed documents, also those that it then refuses. A document that is refused here leaves nothing
behind, so that nobody can fill our memory with what is of no use. One that passes is remembered by its digest and not
looked at again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from graphql import GraphQLError, NoSchemaIntrospectionCustomRule, parse, specified_rules, validate

from almoner.core.recent import Recent
from almoner_graphql.errors import present
from almoner_graphql.limits import MAX_TOKENS, limit_errors
from almoner_graphql.schema import AlmonerSchema
from almoner_graphql.screening import text_errors, variable_errors

_MAX_REMEMBERED = 4_096
#: Of validation, which takes a millisecond for each that makes it look for a similar name.
_MAX_ERRORS = 20


class Gate:
    """Of one schema.

    Args:
        schema: what documents must fit.
        open_schema: whether introspection is answered and fields are suggested.
    """

    def __init__(self, schema: AlmonerSchema, *, open_schema: bool) -> None:
        self._schema = schema
        self._open_schema = open_schema
        self._passed: Recent[bytes, bool] = Recent(_MAX_REMEMBERED)

    def errors(self, query: str, variables: dict[str, object] | None) -> list[GraphQLError]:
        """Why the request is refused, fit for clients; nothing if it may run."""
        found = [*variable_errors(variables)] or self._document_errors(query)
        return [present(error, executing=False, suggestions=self._open_schema) for error in found]

    def _document_errors(self, query: str) -> Sequence[GraphQLError]:
        # An unpaired surrogate has no UTF-8; the parser says so better than we could.
        digest = sha256(query.encode("utf-8", "surrogatepass")).digest()
        if self._passed.get(digest):
            return ()
        errors = text_errors(query) or self._parsed_errors(query)
        if not errors:
            self._passed.put(digest, True)
        return errors

    def _parsed_errors(self, query: str) -> Sequence[GraphQLError]:
        try:
            document = parse(query, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            return [error]
        rules = specified_rules if self._open_schema else (*specified_rules, NoSchemaIntrospectionCustomRule)
        return limit_errors(document) or validate(
            self._schema._schema, document, rules, max_errors=_MAX_ERRORS, hide_suggestions=not self._open_schema
        )


@lru_cache(maxsize=2)
def gate_of(schema: AlmonerSchema, *, open_schema: bool) -> Gate:
    """The schema's gate; there is one in a process, as there is one schema."""
    return Gate(schema, open_schema=open_schema)
