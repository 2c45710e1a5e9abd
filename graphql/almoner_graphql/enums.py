"""Enums of the domain in the schema."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

E = TypeVar("E", bound=Enum)


def publish(enum: type[E], *, description: str, values: Mapping[E, str], name: str | None = None) -> type[E]:
    """Let an enum of the domain stand in the schema, with a description for each of its values.

    Raises:
        ValueError: a value has no description.
    """
    published = strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = published.__strawberry_definition__  # type: ignore[attr-defined]
    described = {member.name: text for member, text in values.items()}
    if described.keys() != {value.name for value in definition.values}:
        raise ValueError(f"describe exactly the values of {enum.__name__}")
    for value in definition.values:
        value.description = described[value.name]
    return published
