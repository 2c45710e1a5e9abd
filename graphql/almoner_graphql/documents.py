"""Documents that have been parsed and found valid, and the operations in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_operation_ast,
)
from graphql.execution.collect_fields import FragmentDetails

#: What somebody unknown may do: each tries to prove who somebody is.
PUBLIC_MUTATIONS = frozenset({"login", "setPassword", "beginProviderSignIn", "completeProviderSignIn"})
#: What proves who somebody is, in transactions of its own (see `problems.attempt_proof`).
PROVING_MUTATIONS = PUBLIC_MUTATIONS | {
    "stepUp",
    "changePassword",
    "enrolAuthenticator",
    "confirmAuthenticator",
    "renewRecoveryCodes",
    "removeAuthenticator",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document.

    Attributes:
        key: the document's digest and the name that the operation was asked for by; equal keys, equal operations.
    """

    key: tuple[bytes, str | None]
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]

    @property
    def digest(self) -> str:
        """The SHA-256 of the document's text, in hexadecimal."""
        return self.key[0].hex()

    @property
    def is_query(self) -> bool:
        """Whether it only reads."""
        return self.node.operation is OperationType.QUERY

    @property
    def is_subscription(self) -> bool:
        """Whether it follows something."""
        return self.node.operation is OperationType.SUBSCRIPTION

    @property
    def acts_in_scopes(self) -> bool:
        """Whether all that it does is done in transactions of the one who signed in, each of which lets them in.

        That is so for a mutation of anything but `PROVING_MUTATIONS` and what describes the schema.
        """
        if self.node.operation is not OperationType.MUTATION:
            return False
        return not any(name in PROVING_MUTATIONS or name.startswith("__") for name in self.root_fields())

    def root_fields(self) -> list[str]:
        """The names of the fields at the root, through fragments; with aliases, one may be there several times."""
        names: list[str] = []
        seen: set[str] = set()
        waiting: list[SelectionSetNode] = [self.node.selection_set]
        while waiting:
            for selection in waiting.pop().selections:
                if isinstance(selection, FieldNode):
                    names.append(selection.name.value)
                elif isinstance(selection, InlineFragmentNode):
                    waiting.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                    seen.add(selection.name.value)
                    waiting.append(self.fragments[selection.name.value].definition.selection_set)
        return names


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be run; `characters` is the length of its text."""

    digest: bytes
    ast: DocumentNode
    characters: int
    _operations: dict[str | None, Operation | None] = field(default_factory=dict)

    def operation(self, name: str | None) -> Operation | None:
        """The operation of that name, or the only one; None if there is no such."""
        if name not in self._operations:
            node = get_operation_ast(self.ast, name)
            if node is None:
                return None  # not remembered: anybody can think of any number of names
            fragments = {
                one.name.value: FragmentDetails(one)
                for one in self.ast.definitions
                if isinstance(one, FragmentDefinitionNode)
            }
            self._operations[name] = Operation((self.digest, name), node, fragments)
        return self._operations[name]
