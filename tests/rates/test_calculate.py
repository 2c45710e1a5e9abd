"""From a filed package to stored figures."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from almoner.authorization.permissions import Permission
from almoner.core.errors import NotFound
from almoner.jobs.read import get_job
from almoner.rates.figures import Exhibit, RateColumn
from almoner.rates.tables import RateDevelopment, RateFigure, RateRevision
from almoner.rates.tieout import TieOut

pytestmark = pytest.mark.anyio


@pytest.fixture
def figures(rows, calculated):
    """Selects figures of the letter's only revision."""

    async def selected(**columns):
        (revision,) = await rows(RateRevision, development_id=calculated.id)
        return await rows(RateFigure, revision_id=revision.id, **columns)

    return selected


async def test_a_submitted_package_becomes_calculated(tenant, calculated, status_of):
    job = await tenant.do("integrator", get_job, calculated.job_id)
    assert (await status_of(calculated.id), job.state) == (("CALCULATED", 1), "DONE")
    assert (job.done_units, job.total_units) == (5, 5)


async def test_the_statewide_rates_are_those_of_the_letter(figures):
    found = await figures(exhibit=Exhibit.B, line="statewideRate", rate_column=RateColumn.BEST)
    assert {figure.rate_cell: figure.display for figure in found} == {
        "TXXI_CHILDREN": "23.03",
        "TXXI_SMI": "29.09",
        "HIFA2_SMI": "9.42",
        "HIFA2_GMHSA": "15.04",
    }


async def test_the_tie_out_counts_594_cells(calculated, rows):
    (found,) = await rows(RateRevision, development_id=calculated.id)
    assert (found.tie_exact, found.tie_one_unit, found.tie_differs) == (556, 18, 20)
    assert "STATEWIDE_LOAD" in {finding["code"] for finding in found.findings}


async def test_each_cell_that_differs_has_a_repair_with_its_support(figures):
    found = await figures(tie_out=TieOut.DIFFERS)
    assert len(found) == 20
    assert all(figure.repair and figure.support for figure in found)


async def test_inputs_lead_from_a_statewide_rate_to_member_months(figures):
    by_ordinal = {figure.ordinal: figure for figure in await figures()}
    (figure,) = await figures(
        exhibit=Exhibit.B, rate_cell="TXXI_SMI", line="statewideRate", rate_column=RateColumn.BEST
    )
    reached: Counter[str] = Counter()
    frontier = [figure]
    while frontier:
        found = {ordinal: by_ordinal[ordinal] for figure in frontier for ordinal in figure.inputs}
        reached.update(item.line for item in found.values())
        frontier = list(found.values())
    lines = {"projectedMemberMonths", "baseMemberMonths", "baseCost", "bandMultiplier", "acuityFactor", "neutrality"}
    assert lines <= set(reached)


async def test_stored_values_are_unrounded(figures):
    (figure,) = await figures(exhibit=Exhibit.A, rate_cell="TXXI_CHILDREN", contractor="CPSA3", line="rate")
    assert figure.display == "22.48"
    assert figure.value != Decimal("22.48")
    assert len(figure.value.as_tuple().digits) > 30


async def test_calculating_writes_the_journal_in_the_same_transaction(tenant, calculated):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        rows = await session.execute(
            text("select action, actor_kind from almoner.journal_entry where subject_id = :id order by at"),
            {"id": calculated.id},
        )
        found = [tuple(row) for row in rows]
    assert found == [
        ("rate_development.submitted", "service_account"),
        ("rate_development.calculated", "worker"),
    ]


async def test_another_tenant_cannot_read_it(tenant, other_tenant, calculated):
    async def read(scope):
        return await scope.get(RateDevelopment, calculated.id, Permission.RATE_DEVELOPMENT_VIEW)

    assert (await tenant.do("actuary", read)).id == calculated.id
    with pytest.raises(NotFound):
        await other_tenant.do("actuary", read)


async def test_running_a_job_twice_has_the_effect_of_running_it_once(tenant, calculated, run_job):
    await run_job(tenant.id, calculated.job_id)
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        count, distinct = (
            await session.execute(text("select count(*), count(distinct ordinal) from almoner.rate_figure"))
        ).one()
    assert count == distinct > 594


@pytest.mark.parametrize(
    "statement", ["update almoner.rate_package set content = '{}'", "delete from almoner.rate_figure"]
)
async def test_what_was_filed_and_computed_cannot_be_rewritten(tenant, calculated, statement):
    with pytest.raises(DBAPIError, match="permission denied"):
        async with tenant.house.database.tenant_transaction(tenant.id) as session:
            await session.execute(text(statement))
