"""What a request must pass before anything of it is run, over HTTP and over WebSocket alike.

A document is parsed and validated once, and remembered by its digest; one that is refused leaves nothing behind, so
that nobody can fill our memory with what is of no use.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)

from almoner.core.recent import Recent
from almoner_graphql.documents import Document
from almoner_graphql.errors import present
from almoner_graphql.limits import MAX_TOKENS, limit_errors
from almoner_graphql.screening import text_errors, variable_errors

#: Of documents' text; a parsed one takes some 80 times its text.
_MAX_REMEMBERED_CHARACTERS = 1_000_000
#: Of validation, which takes a millisecond for each that makes it look for a similar name.
_MAX_ERRORS = 20


#: What must stand in a document's text for a rule to find anything; validation is a third of a new document's time.
_ABOUT: dict[tuple[str, ...], frozenset[str]] = {
    ("...", "fragment"): frozenset(
        {
            "FragmentsOnCompositeTypesRule",
            "KnownFragmentNamesRule",
            "NoFragmentCyclesRule",
            "NoUnusedFragmentsRule",
            "PossibleFragmentSpreadsRule",
            "UniqueFragmentNamesRule",
        }
    ),
    ("@",): frozenset(
        {
            "KnownDirectivesRule",
            "UniqueDirectivesPerLocationRule",
            "DeferStreamDirectiveLabel",
            "DeferStreamDirectiveOnRootField",
            "DeferStreamDirectiveOnValidOperationsRule",
            "StreamDirectiveOnListField",
        }
    ),
    ("$",): frozenset(
        {
            "NoUndefinedVariablesRule",
            "NoUnusedVariablesRule",
            "UniqueVariableNamesRule",
            "VariablesAreInputTypesRule",
            "VariablesInAllowedPositionRule",
        }
    ),
    ("...", "fragment", "$"): frozenset({"KnownTypeNamesRule"}),
    ("__schema", "__type"): frozenset({"MaxIntrospectionDepthRule"}),
    ("subscription",): frozenset({"SingleFieldSubscriptionsRule"}),
}


def _rules_for(text: str) -> list[type[ASTValidationRule]]:
    """The rules of the specification, without those that cannot find anything in this text."""
    idle = {name for marks, names in _ABOUT.items() if not any(mark in text for mark in marks) for name in names}
    return [rule for rule in specified_rules if rule.__name__ not in idle]


class Refusal(Exception):
    """The request may not run; `errors` are fit for clients."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


class Gate:
    """Of one schema.

    Args:
        schema: what documents must fit.
        open_schema: whether introspection is answered and fields are suggested.
    """

    def __init__(self, schema: GraphQLSchema, *, open_schema: bool) -> None:
        self._schema = schema
        self._open_schema = open_schema
        self._passed: Recent[bytes, Document] = Recent(
            _MAX_REMEMBERED_CHARACTERS, weigh=lambda document: document.characters
        )

    @property
    def remembered(self) -> int:
        """How many characters of documents are remembered; never more than the bound."""
        return self._passed.weight

    def document(self, text: str, variables: dict[str, object] | None) -> Document:
        """The document that this text stands for.

        Raises:
            Refusal: it exceeds a limit, is no GraphQL or does not fit the schema; or its variables are too deep.
        """
        self._refuse(variable_errors(variables))
        # An unpaired surrogate has no UTF-8; the parser says so better than we could.
        digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
        return self._passed.get(digest) or self._passed.put(digest, self._parsed(text, digest))

    def _parsed(self, text: str, digest: bytes) -> Document:
        self._refuse(text_errors(text))
        try:
            ast = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            raise Refusal([self._present(error)]) from error
        self._refuse(limit_errors(ast))
        rules = _rules_for(text) if self._open_schema else (*_rules_for(text), NoSchemaIntrospectionCustomRule)
        hide = not self._open_schema
        self._refuse(validate(self._schema, ast, rules, max_errors=_MAX_ERRORS, hide_suggestions=hide))
        _forget_tokens(ast)
        return Document(digest, ast, len(text))

    def _refuse(self, errors: Sequence[GraphQLError]) -> None:
        if errors:
            raise Refusal([self._present(error) for error in errors])

    def _present(self, error: GraphQLError) -> GraphQLError:
        return present(error, executing=False, suggestions=self._open_schema)


def _forget_tokens(ast: DocumentNode) -> None:
    """Take the parser's tokens apart: each holds on to the next, and so a node that a plan keeps to all of them."""
    token = ast.loc.start_token if ast.loc else None
    while token is not None:
        following, token.prev, token.next = token.next, None, None
        token = following
