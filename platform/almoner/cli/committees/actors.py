"""Somebody who acts over the API, for demonstrations: mutations by their names, refusals as what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from almoner.cli.client import Client
from almoner.cli.output import Exit, stop


def literal(value: Any) -> str:
    """A value as GraphQL writes it: members of enums by their names, mappings as inputs."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return json.dumps(value)


@dataclass(frozen=True)
class Actor:
    """Somebody with a token."""

    name: str
    client: Client

    def send(self, mutation: str, selection: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a mutation."""
        given = ", ".join(f"{key}: {literal(value)}" for key, value in arguments.items())
        document = f"mutation {{ it: {mutation}({given}) {{ {selection} problems {{ code message path }} }} }}"
        payload: dict[str, Any] = self.client.execute(document)["it"]
        return payload

    def does(self, mutation: str, selection: str = "", /, **arguments: Any) -> dict[str, Any]:
        """The payload of a mutation that is done; otherwise the command ends with what was said."""
        payload = self.send(mutation, selection, arguments)
        if payload["problems"]:
            said = "; ".join(f"{each['code']}: {each['message']}" for each in payload["problems"])
            stop(Exit.REFUSED, f"{mutation} by the {self.name} was refused. {said}")
        return payload

    def is_refused(self, mutation: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """The problems of a mutation that must be refused; otherwise the command ends."""
        problems: list[dict[str, Any]] = self.send(mutation, "", arguments)["problems"]
        if not problems:
            stop(Exit.REFUSED, f"{mutation} by the {self.name} was done, and should have been refused.")
        return problems

    def attaches(self, paper: str, name: str, content: bytes, media_type: str) -> None:
        """Attach a document to a paper."""
        self.client.put("/documents", content, media_type, paper=paper, name=name)

    def reads(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a query."""
        return self.client.execute(query, **variables)
