"""Operations over the real schema, written once and sent by many tenants, each with ids and texts of several.

A document holds no value of anybody's. Where an id, a cursor or a text stands it takes a variable, and the variable's
value is a wish (`@other:Job`) that is granted anew at each sending: so tenants share documents and their plans, as they
do in life, and what differs is who asks for what.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)
from tests.isolation.world import Told, package_of
from tests.planner.writer import Samples, Writer, Written

#: Whose things a wish is about, by weight. Garbage is what nobody has.
WHOSE = (*["own"] * 7, *["other"] * 4, "garbage")
GARBAGE = ("", "x", "Ω𝔘", "bm90aGluZw==", "'; drop table", "Sm9iOjE=", "%", "2999-12-31")
#: What a place takes, where its name does not say so.
TYPES: Mapping[str, tuple[str, ...]] = {
    "Query.node.id": ("RateDevelopment", "Job", "RateFigure"),
    "Query.rateRevisionComparison.id": ("RateDevelopment",),
    "JournalEntryFilter.subject": ("RateDevelopment", "Job", "RegisteredOperation", "Account"),
    "client": ("Subject",),
    "subject": ("Subject",),
    "sponsor": ("Account",),
    "actor": ("Subject",),
}
#: Arguments in which another tenant's text may be sent: they find something, and nothing of them is kept.
FINDS = frozenset(
    {
        "Mutation.login.tenant",
        "Mutation.login.email",
        "Mutation.beginProviderSignIn.tenant",
        "Mutation.beginProviderSignIn.provider",
        "Mutation.setPassword.token",
        "Mutation.completeProviderSignIn.state",
    }
)
VALUES: Mapping[str, list[Any]] = {
    "Int": [0, 1, 1, 1, 2, 7],
    "Float": [0.5],
    "JSON": [{}],
    "Boolean": [True, False],
    "DateTime": ["1969-12-31T23:59:59", "2026-01-01T00:00:00+07:00", "2999-12-31T00:00:00.000001Z"],
    "Date": ["2009-07-01", "2010-07-01", "2031-07-01"],
    "Decimal": ["0.1", "0.25", "x"],
    "JournalEntryFilter.action": ["rate_development.certified", "job.enqueued", "account.invited", "@own:texts"],
    "RateFigureFilter.line": ["rate", "dollars", "statewideRate"],
    "Mutation.setRegisteredOnly.registeredOnly": [False],  # or the tenant could ask nothing any more
    "Mutation.createProgram.code": ["@fresh:p-"],
    "Mutation.inviteAccount.email": ["@fresh:invited.@agency.example"],
    "Mutation.setPassword.token": ["@own:one_time", "@other:one_time", "@garbage:"],
    "Mutation.completeProviderSignIn.state": ["@own:one_time", "@other:one_time", "@garbage:"],
    "SubmitRateDevelopmentInput": ["@package:"],
    "NewOperationInput.text": ["query Q { viewer { id } programs { code name } }", "{ nothing }", "{"],
    "NewOperationInput.digest": [None],
}


class _Cursors(Mapping[tuple[str, str | None], list[str]]):
    """A wish for a cursor of each list and order, whichever there are."""

    def __getitem__(self, key: tuple[str, str | None]) -> list[str]:
        place = ".".join(part or "" for part in key)
        return [f"@{whose}:cursors.{place}" for whose in WHOSE if whose != "garbage"] + ["@garbage:"]

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        return iter(())

    def __len__(self) -> int:
        return 0


class WishWriter(Writer):
    """Writes operations of each kind, with wishes for values."""

    def __init__(self, random: Random, schema: GraphQLSchema, types: list[str]) -> None:
        super().__init__(random, schema, Samples([], _Cursors(), VALUES))
        self._types = sorted(types, key=len, reverse=True)

    def mutation(self) -> Written:
        """A mutation with everything that it needs, and any selection of its payload."""
        return self._rooted("mutation", self._schema.mutation_type)

    def subscription(self) -> Written:
        """A subscription."""
        return self._rooted("subscription", self._schema.subscription_type)

    def _rooted(self, kind: str, root: Any) -> Written:
        name = self._one(sorted(root.fields))
        while True:
            self._operation, self._names = Written(), 0
            definition = root.fields[name]
            given = [
                f"{key}: {self._written(argument.type, self._value(argument.type, f'{root.name}.{name}.{key}'))}"
                for key, argument in definition.args.items()
                if is_required_argument(argument) or self._maybe(3)
            ]
            type_ = get_named_type(definition.type)
            selection = "" if is_leaf_type(type_) else self._selection(type_, 1)
            operation = self._operation
            head = f" W({', '.join(operation.declared)})" if operation.declared else ""
            arguments = f"({', '.join(given)})" if given else ""
            fragments = "\n".join(operation.fragments)
            operation.text = f"{kind}{head} {{ {name}{arguments} {selection} }}\n{fragments}"
            if not validate(self._schema, parse(operation.text)):
                return operation

    def _directive(self, one_in: int = 12) -> str:
        return super()._directive(one_in * 3)

    def _page(self, type_: Any, depth: int) -> str:
        # A count or a cursor alone tells nothing.
        item = get_named_type(type_.fields["nodes"].type)
        return f"{{ nodes {self._selection(item, depth + 1)} ...{super()._page(type_, depth)} }}"

    def _names_of(self, type_: Any, depth: int) -> list[str]:
        # Texts are what this is about.
        texts = [name for name, each in type_.fields.items() if get_named_type(each.type).name in ("String", "JSON")]
        return super()._names_of(type_, depth) + texts * 4

    def _value(self, type_: Any, place: str) -> Any:
        # Most filters let nothing through, and then an answer tells nothing.
        empty = getattr(type_, "name", "").endswith("Filter") and self._random.random() < 0.6
        return None if empty else super()._value(type_, place)

    def _paging(self, definition: GraphQLField, depth: int) -> list[str]:
        given = super()._paging(definition, depth) if self._maybe() else []
        return given or [f"first: {self._written(definition.args['first'].type, 3)}"]

    def _sample(self, type_: Any, place: str) -> Any:
        name = getattr(type_, "name", "")
        known = (VALUES.get(place) if is_leaf_type(type_) else None) or VALUES.get(name)
        if known and not isinstance(type_, GraphQLEnumType):
            return self._one(known)
        if name == "ID":
            return f"@{self._one(WHOSE)}:{self._one(self._wanted(place))}"
        if name == "String":
            return self._text(place)
        if isinstance(type_, GraphQLInputObjectType) and not name.endswith("Filter"):
            needed = [key for key, field in type_.fields.items() if is_required_input_field(field)]
            more = [key for key in type_.fields if key not in needed and self._maybe()]
            return {key: self._value(type_.fields[key].type, f"{name}.{key}") for key in [*needed, *more]}
        return super()._sample(type_, place)

    def _text(self, place: str) -> str:
        reads = place.startswith("Query.") or "Filter" in place or place in FINDS
        return f"@{self._one(WHOSE)}:texts" if reads else self._one(["@fresh:", "@fresh:", "@garbage:"])

    def _wanted(self, place: str) -> tuple[str, ...] | list[str]:
        """The types whose ids the place takes, to judge by its name; now and then any other."""
        if self._maybe(6):
            return self._types
        argument = place.rpartition(".")[2]
        told = TYPES.get(place) or TYPES.get(argument)
        if told:
            return told
        whole = place.replace(".", "").lower()
        exact = [name for name in self._types if name.lower() == argument.lower()]
        inside = [name for name in self._types if name.lower() in whole]
        ends = [name for name in self._types if name.lower().endswith(place.split(".")[1].lower()[-9:])]
        return exact or inside[:1] or ends or self._types

    def _written(self, type_: Any, value: Any, *, certain: bool = False) -> str:
        if isinstance(value, str) and value.startswith("@"):
            return f"${self._plain(type_, value)}"
        return super()._written(type_, value, certain=certain)

    def _variable(self, type_: Any, value: Any, certain: bool) -> str:
        # A default would be a part of the document, and a wish is none.
        return self._plain(type_, value) if "@" in json.dumps(value) else super()._variable(type_, value, certain)

    def _plain(self, type_: Any, value: Any) -> str:
        name = f"v{len(self._operation.declared)}"
        # What has a default may be left out, yet not be null.
        self._operation.declared.append(f"${name}: {type_.of_type if isinstance(type_, GraphQLNonNull) else type_}!")
        self._operation.variables[name] = value
        self._operation.types[name] = str(type_)
        return name


@dataclass
class Grants:
    """Grants the wishes of one sending.

    Attributes:
        sparing: own things that the tenant needs are not given, for they would be used up.
        sent: the texts of others that were given.
        stranger: who asks belongs to none: own texts are others' too.
    """

    random: Random
    own: Told
    other: Told
    cursors: Mapping[str, Mapping[str, list[str]]]
    sparing: bool
    sent: list[str]
    stranger: bool = False

    def grant(self, value: Any) -> Any:
        """The value with all wishes in it granted."""
        if isinstance(value, dict):
            return {name: self.grant(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.grant(inner) for inner in value]
        if not isinstance(value, str) or not value.startswith("@"):
            return value
        whose, _, what = value[1:].partition(":")
        if whose == "garbage":
            return self.random.choice(GARBAGE)
        if whose == "package":
            return package_of(self.own.canary)
        if whose == "fresh":
            before, _, after = what.partition("@")
            name = f"{before}{self.own.canary}-{self.random.randrange(10**9)}"
            return f"{name}@{after}" if after else name
        return self._of(self.own if whose == "own" else self.other, what)

    def _of(self, told: Told, what: str) -> str:
        if what in ("texts", "one_time"):
            found = getattr(told, what)
        elif what.startswith("cursors."):
            found = self.cursors.get(told.canary, {}).get(what.removeprefix("cursors."), [])
        else:
            found = told.unspared[what] if self.sparing and told is self.own else told.ids[what]
        if not found:
            return str(self.random.choice(GARBAGE))
        text = self.random.choice(found)
        if told is not self.own or self.stranger:
            self.sent.append(text)
        return str(text)
