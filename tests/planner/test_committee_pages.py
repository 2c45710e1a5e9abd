"""The pages of a committee with twenty years of meetings are one statement each, and scan no large table."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from tests.planner.committee_pages import COMMITTEE, MEETING, OPEN_ACTIONS

from almoner.core.ids import global_id
from almoner_graphql.planner.connections import Connections

pytestmark = pytest.mark.anyio

MANY = runpy.run_path(str(Path(__file__).with_name("many_rows.py")))
THE_COMMITTEE = {"id": global_id("Committee", MANY["row_id"](1)), "now": "2026-11-20T00:00:00Z"}
PAGES = {
    "committee": (COMMITTEE, THE_COMMITTEE),
    "open actions": (OPEN_ACTIONS, {"id": THE_COMMITTEE["id"]}),
    "meeting": (MEETING, {"id": global_id("Meeting", MANY["row_id"](120))}),
    "last meeting": (MEETING, {"id": global_id("Meeting", MANY["row_id"](228))}),
}
#: Rows that all scans of a page may read together: a meeting finds what it reviews among the actions of its committee.
MOST_ROWS = 12_000
#: PostgreSQL 15 looks for the bodies that a paper asks among all 1,000 organizations, as long as there are so few.
MOST_ROWS_BEFORE_18 = 45_000


@pytest.fixture(scope="module")
def filled(superuser_url):
    with MANY["database"](superuser_url, MANY["SMALL"]) as url:
        yield url


@pytest.fixture
async def many(filled):
    async with MANY["reading"](filled) as many:
        yield many


@pytest.mark.parametrize("viewer", ["SEES_ALL", "SEES_OWN"])
@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_one_statement_that_scans_no_large_table(many, page, viewer, monkeypatch):
    text, variables = PAGES[page]
    await many.ask(text, variables, MANY[viewer])
    sent, real = [], Connections.lent

    def note(connections, tenant_id, **options):
        sent.append(tenant_id)
        return real(connections, tenant_id, **options)

    monkeypatch.setattr(Connections, "lent", note)
    answer = await many.ask(text, variables, MANY[viewer])
    assert len(sent) == 1
    (found,) = json.loads(answer.json).values()
    assert found is not None
    plan = await many.explain(text, variables, MANY[viewer])
    assert many.far_scans(plan) == []
    assert MANY["rows_looked_at"](plan) < (MOST_ROWS if many.version >= 18 else MOST_ROWS_BEFORE_18)


async def test_the_pages_have_what_twenty_years_leave(many):
    read = {name: json.loads((await many.ask(*asked, MANY["SEES_OWN"])).json) for name, asked in PAGES.items()}
    committee = read["committee"]["committee"]
    assert (len(committee["next"]["nodes"]), len(committee["last"]["nodes"])) == (11, 12)
    assert committee["actions"]["totalCount"] > 40
    due = [one["dueOn"] for one in read["open actions"]["committee"]["actions"]["nodes"]]
    assert len(due) >= 40
    assert due == sorted(due)
    assert len(read["meeting"]["meeting"]["agenda"]) >= 16
    assert read["meeting"]["meeting"]["actionMatrix"]
