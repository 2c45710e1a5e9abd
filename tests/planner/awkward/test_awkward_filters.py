"""Each operator of each filter, with values that rows have, for rows at, before and after them."""

from __future__ import annotations

import json

import pytest
from tests.planner.awkward.tables import TEXTS
from tests.planner.oracle.engine import day_text, instant_text

from almoner.core.ids import global_id

pytestmark = pytest.mark.anyio

COMPARED = ("gt", "gte", "lt", "lte")


def _values(rows, field):
    odds = rows["Odd"][:12]
    match field:
        case "label" | "note":
            return [*TEXTS[:4], TEXTS[8]]
        case "firstOn":
            return sorted({day_text(row.first_on) for row in odds})
        case "day":
            return sorted({day_text(row.day) for row in odds if row.day})
        case "notedAt":
            return sorted({instant_text(row.noted_at) for row in odds})
        case "parent":
            return [global_id("Odd", row.id) for row in odds[:3]]
    return [-7, 0, 1, 2**31 - 1, -(2**31)]


@pytest.mark.parametrize(
    ("field", "operators"),
    [
        ("label", ("eq", "in")),
        ("note", ("eq", "in")),
        ("number", ("eq", "in", *COMPARED)),
        ("small", ("eq", "in", *COMPARED)),
        ("firstOn", ("eq", *COMPARED)),
        ("day", ("eq", *COMPARED)),
        ("notedAt", COMPARED),
        ("parent", ("eq", "in")),
    ],
)
async def test_every_operator_lets_the_same_rows_through(awkward, awkward_rows, field, operators):
    asked = [
        (operator, [value] if operator == "in" else value)
        for operator in operators
        for value in _values(awkward_rows, field)
    ]
    selections = [
        f"k{n}: odds(filter: {{{field}: {{{operator}: {json.dumps(value)}}}}}) {{ totalCount nodes {{ number }} }}"
        for n, (operator, value) in enumerate([*asked, ("isNull", True), ("isNull", False)])
    ]
    await awkward.compare("{ " + " ".join(selections) + " }", "auditor", {})
