"""The life of a rate development: certify, publish, withdraw, unlock, resubmit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from almoner.core.errors import Conflict, Denied, Invalid, NotFound
from almoner.jobs.read import get_job
from almoner.rates.certify import certify_rate_development
from almoner.rates.publish import publish_rate_development
from almoner.rates.resubmit import resubmit_rate_development
from almoner.rates.rules import rules_in_force, set_rate_rules
from almoner.rates.status import ALLOWED, Status
from almoner.rates.submit import submit_rate_development
from almoner.rates.tables import RateRevision
from almoner.rates.unlock import unlock_rate_development
from almoner.rates.withdraw import withdraw_rate_development

pytestmark = pytest.mark.anyio

STATEMENTS = {
    "reliance": "Enrolment and claims were supplied by the agency and were not audited.",
    "limits_of_use": "For the agency and its federal counterpart only.",
    "qualification": "Member of the American Academy of Actuaries.",
}
FALL = "Current rates were set before the bands were known."


async def certify(tenant, development_id, role="actuary", **changes):
    arguments = {**STATEMENTS, "justifications": {"HIFA2_SMI": FALL}, **changes}
    return await tenant.do(role, certify_rate_development, development_id, **arguments)


async def journal_of(tenant, development_id):
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        rows = await session.execute(
            text("select action from almoner.journal_entry where subject_id = :id order by at, id"),
            {"id": development_id},
        )
        return [row.action.removeprefix("rate_development.") for row in rows]


async def codes_of(awaitable):
    with pytest.raises(Invalid) as refused:
        await awaitable
    return [(problem.code, problem.path) for problem in refused.value.problems]


async def test_a_calculated_development_is_certified_and_published(tenant, calculated):
    certified = await certify(tenant, calculated.id)
    assert (certified.status, certified.certified_by) == ("CERTIFIED", tenant.identities["actuary"].subject_id)
    published = await tenant.do("program_administrator", publish_rate_development, calculated.id)
    assert published.status == "PUBLISHED"
    assert await journal_of(tenant, calculated.id) == ["submitted", "calculated", "certified", "published"]


async def test_the_certification_record_keeps_what_was_stated(tenant, calculated, rows):
    await certify(tenant, calculated.id)
    (revision,) = await rows(RateRevision, development_id=calculated.id)
    kept = revision.certification
    assert kept["limitsOfUse"] == STATEMENTS["limits_of_use"]
    assert kept["justifications"] == {"HIFA2_SMI": FALL}
    assert (kept["changeLimit"], kept["rangeCriteria"]) == ("0.2", "42 CFR 438.4(c)")


async def test_a_rate_cell_that_changes_by_more_than_the_limit_needs_a_justification(tenant, calculated, status_of):
    assert await codes_of(certify(tenant, calculated.id, justifications={})) == [
        ("JUSTIFICATION_MISSING", ("justifications", "HIFA2_SMI"))
    ]
    assert await status_of(calculated.id) == ("CALCULATED", 1)
    assert await journal_of(tenant, calculated.id) == ["submitted", "calculated"]


async def test_a_wider_limit_of_the_tenant_asks_for_fewer_justifications(tenant, calculated):
    rules = await tenant.do("program_administrator", set_rate_rules, change_limit="0.3")
    assert rules.change_limit == Decimal("0.3")
    assert (await certify(tenant, calculated.id, justifications={})).status == "CERTIFIED"


async def test_rules_are_kept_per_tenant(tenant, other_tenant):
    await tenant.do("program_administrator", set_rate_rules, change_limit="0.3")
    await tenant.do("program_administrator", set_rate_rules, change_limit="0.4")
    assert (await tenant.do("actuary", rules_in_force)).change_limit == Decimal("0.4")
    assert (await other_tenant.do("actuary", rules_in_force)).change_limit == Decimal("0.2")


@pytest.mark.parametrize("limit", ["0", "1.1", "NaN", "1e-1", None, 0.2])
async def test_a_limit_that_is_no_share_is_refused(tenant, limit):
    (problem,) = await codes_of(tenant.do("program_administrator", set_rate_rules, change_limit=limit))
    assert problem[1] == ("changeLimit",)


async def test_all_problems_of_a_certification_come_at_once(tenant, calculated):
    found = await codes_of(certify(tenant, calculated.id, reliance=" ", justifications={"NO_CELL": "x"}))
    assert found == [
        ("STATEMENT_MISSING", ("reliance",)),
        ("UNKNOWN_RATE_CELL", ("justifications", "NO_CELL")),
        ("JUSTIFICATION_MISSING", ("justifications", "HIFA2_SMI")),
    ]


@pytest.mark.parametrize(("half_width", "is_refused"), [("0.024", False), ("0.0244", True), ("0.1", True)])
async def test_a_range_wider_than_five_percent_is_refused(tenant, package, run_job, half_width, is_refused):
    package["parameters"]["rangeHalfWidth"] = half_width
    development, job = await tenant.do("integrator", submit_rate_development, package)
    await run_job(tenant.id, job.id)
    if is_refused:
        found = await codes_of(certify(tenant, development.id))
        assert {code for code, _path in found} == {"RANGE_TOO_WIDE"}
    else:
        assert (await certify(tenant, development.id)).status == "CERTIFIED"


@pytest.mark.parametrize("role", ["program_administrator", "integrator", "auditor"])
async def test_only_an_actuary_certifies(tenant, calculated, status_of, role):
    with pytest.raises(Denied):
        await certify(tenant, calculated.id, role=role)
    assert await status_of(calculated.id) == ("CALCULATED", 1)


async def test_nobody_certifies_what_they_submitted_themselves(tenant, package, run_job, status_of):
    development, job = await tenant.do("actuary", submit_rate_development, package)
    await run_job(tenant.id, job.id)
    with pytest.raises(Denied) as refused:
        await certify(tenant, development.id)
    assert [problem.code for problem in refused.value.problems] == ["SEPARATION_OF_DUTIES"]
    assert await status_of(development.id) == ("CALCULATED", 1)
    assert await journal_of(tenant, development.id) == ["submitted", "calculated"]


async def test_it_is_the_certified_revision_whose_submitter_is_another_person(tenant, calculated, package, run_job):
    await tenant.do("actuary", unlock_rate_development, calculated.id, reason="A misprint.")
    _, job = await tenant.do("actuary", resubmit_rate_development, calculated.id, package)
    await run_job(tenant.id, job.id)
    with pytest.raises(Denied):
        await certify(tenant, calculated.id)
    await tenant.do("actuary", unlock_rate_development, calculated.id, reason="Somebody else files it.")
    _, job = await tenant.do("program_administrator", resubmit_rate_development, calculated.id, package)
    await run_job(tenant.id, job.id)
    assert (await certify(tenant, calculated.id)).status == "CERTIFIED"
    # Whoever submitted may publish: two people have looked at it by then.
    published = await tenant.do("program_administrator", publish_rate_development, calculated.id)
    assert published.status == "PUBLISHED"


async def test_somebody_without_a_role_does_not_know_that_it_exists(tenant, calculated):
    with pytest.raises(NotFound):
        await certify(tenant, calculated.id, role="nobody")


async def test_an_unlock_opens_a_revision_that_a_resubmission_fills(
    tenant, calculated, package, run_job, rows, status_of
):
    await certify(tenant, calculated.id)
    unlocked = await tenant.do("actuary", unlock_rate_development, calculated.id, reason="The load changes.")
    assert (unlocked.status, unlocked.revision, unlocked.certified_by) == ("DRAFT", 2, None)
    package["parameters"]["load"] = "0.10"
    _, job = await tenant.do("integrator", resubmit_rate_development, calculated.id, package)
    await run_job(tenant.id, job.id)
    assert await status_of(calculated.id) == ("CALCULATED", 2)
    first, second = await rows(RateRevision, development_id=calculated.id)
    assert (first.number, second.number) == (1, 2)
    assert first.certification is not None
    assert (second.certification, second.unlock_reason) == (None, "The load changes.")
    assert first.package_digest != second.package_digest


async def test_a_withdrawal_stops_the_calculation(tenant, package):
    development, job = await tenant.do("integrator", submit_rate_development, package)
    withdrawn = await tenant.do("program_administrator", withdraw_rate_development, development.id, reason="Too early.")
    assert withdrawn.status == "WITHDRAWN"
    assert (await tenant.do("integrator", get_job, job.id)).state == "CANCELLED"


@pytest.mark.parametrize("verb", [unlock_rate_development, withdraw_rate_development])
async def test_a_reason_is_needed(tenant, calculated, verb):
    found = await codes_of(tenant.do("program_administrator", verb, calculated.id, reason="  "))
    assert found == [("REASON_MISSING", ("reason",))]


async def test_a_published_development_neither_changes_nor_goes_away(tenant, calculated, package, status_of):
    await certify(tenant, calculated.id)
    await tenant.do("program_administrator", publish_rate_development, calculated.id)
    for role, verb, arguments in (
        ("program_administrator", withdraw_rate_development, {"reason": "x"}),
        ("program_administrator", unlock_rate_development, {"reason": "x"}),
        ("program_administrator", publish_rate_development, {}),
    ):
        with pytest.raises(Conflict):
            await tenant.do(role, verb, calculated.id, **arguments)
    with pytest.raises(Conflict):
        await tenant.do("integrator", resubmit_rate_development, calculated.id, package)
    with pytest.raises(Conflict):
        await certify(tenant, calculated.id)
    assert await status_of(calculated.id) == ("PUBLISHED", 1)


async def test_a_refused_resubmission_leaves_the_draft_open(tenant, calculated, package, status_of):
    await tenant.do("actuary", unlock_rate_development, calculated.id, reason="x")
    package["inputs"][7]["baseCostPmpm"] = "1e3"
    found = await codes_of(tenant.do("integrator", resubmit_rate_development, calculated.id, package))
    assert found == [("NUMBER_HAS_EXPONENT", ("input", "inputs", "7", "baseCostPmpm"))]
    assert await status_of(calculated.id) == ("DRAFT", 2)


def test_the_table_of_moves_ends_where_the_life_ends():
    assert set(ALLOWED) == set(Status)
    assert {status for status, following in ALLOWED.items() if not following} == {Status.PUBLISHED, Status.WITHDRAWN}
    assert {status for status, following in ALLOWED.items() if Status.WITHDRAWN in following} == (
        set(Status) - {Status.PUBLISHED, Status.WITHDRAWN}
    )


async def test_a_refused_package_stores_nothing(tenant, package):
    package["parameters"]["load"] = "1.0"
    package["inputs"].pop()
    found = await codes_of(tenant.do("integrator", submit_rate_development, package))
    assert {code for code, _path in found} == {"LOAD_OUT_OF_RANGE", "INPUT_MISSING"}
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        for table in ("rate_development", "rate_revision", "job"):
            assert await session.scalar(text(f"select count(*) from almoner.{table}")) == 0
