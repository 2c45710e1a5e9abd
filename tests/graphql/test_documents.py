"""Every operation that we print or send is valid: in the documentation, and in the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from almoner.cli import bench, documents
from almoner_graphql.schema import FILE

ROOT = Path(__file__).parents[2]
SCHEMA = build_schema(FILE.read_text(encoding="utf-8"))
PRINTED = {
    f"{page.name}, block {number}": block
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    for number, block in enumerate(re.findall(r"```graphql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL), 1)
}
SENT = {name: text for name, text in vars(documents).items() if name.isupper()} | {"JOB": bench.JOB}


@pytest.mark.parametrize("document", [*PRINTED.values(), *SENT.values()], ids=[*PRINTED, *SENT])
def test_every_operation_is_valid(document):
    assert validate(SCHEMA, parse(document)) == []


def test_there_are_operations_to_check():
    assert len(PRINTED) >= 3
    assert len(SENT) >= 6
