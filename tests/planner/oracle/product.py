"""What the fields of the published schema are, over all rows of one tenant."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlmodel import select
from tests.planner.oracle import committees, roles
from tests.planner.oracle.engine import Call, Fields, exact_difference
from tests.planner.oracle.identity import TABLES as IDENTITY_TABLES
from tests.planner.oracle.identity import identity_fields
from tests.planner.oracle.lists import Sorted, asks_for_a_span, connection, filtered, instant, row_id
from tests.planner.oracle.policy import fields_of_policy
from tests.planner.oracle.seen import NODES, by, found_by_id, seen, visible

from almoner.authorization.tables import PolicyItem, PolicyVersion
from almoner.committees.tables import Committee, Meeting
from almoner.core.ids import global_id
from almoner.jobs.tables import Job
from almoner.journal.tables import JournalEntry
from almoner.operations.tables import OperationRule, RegisteredOperation
from almoner.organizations.tables import Organization
from almoner.rates.tables import RateDevelopment, RateFigure, RatePackage, RateRevision, RateRules
from almoner.tenancy.tables import Period, Program, Tenant

_TABLES: tuple[type[Any], ...] = (
    *(RateDevelopment, RateRevision, RatePackage, RateFigure, RateRules),
    *(Job, JournalEntry, Program, Period, RegisteredOperation, OperationRule, PolicyVersion, PolicyItem),
    *IDENTITY_TABLES,
    *roles.TABLES,
    *committees.TABLES,
)
_LINE = ("exhibit", "rate_cell", "contractor", "line", "rate_column")


class World:
    """All rows of one tenant, as they were when it was loaded."""

    def __init__(self, house: Any, rows: dict[type[Any], list[Any]], tenant: Tenant) -> None:
        self.house = house
        self.rows = rows
        self.tenant = tenant

    @classmethod
    async def load(cls, house: Any, tenant_id: UUID) -> World:
        """Read everything."""
        async with house.database.tenant_transaction(tenant_id) as session:
            rows: dict[type[Any], list[Any]] = {
                table: list((await session.execute(select(table))).scalars()) for table in _TABLES
            }
            tenant = (await session.execute(select(Tenant).where(Tenant.id == tenant_id))).scalar_one()
        assert all(row.tenant_id == tenant_id for found in rows.values() for row in found)
        return cls(house, rows, tenant)

    def grouped(self, table: type[Any], name: str) -> dict[UUID, list[Any]]:
        """A table's rows by a column."""
        found = defaultdict(list)
        for row in self.rows[table]:
            found[getattr(row, name)].append(row)
        return found

    def find(self, table: type[Any], wanted: Any) -> Any:
        """The row with that id, or None."""
        return next((row for row in self.rows[table] if row.id == wanted), None)

    @cached_property
    def figures(self) -> dict[UUID, list[Any]]:
        """Figures by revision, in the order of the calculation."""
        found = self.grouped(RateFigure, "revision_id")
        return {key: sorted(rows, key=by("ordinal")) for key, rows in found.items()}

    @cached_property
    def revisions(self) -> dict[UUID, list[Any]]:
        """Revisions by development, oldest first."""
        found = self.grouped(RateRevision, "development_id")
        return {key: sorted(rows, key=by("number")) for key, rows in found.items()}

    def revision(self, development: Any, number: int | None) -> Any:
        """The revision with that number, or the current one."""
        wanted = development.revision if number is None else number
        return next((row for row in self.revisions[development.id] if row.number == wanted), None)

    def package(self, development: Any) -> Any:
        """The content of the current package, or None."""
        revision = self.revision(development, None)
        return next((row.content for row in self.rows[RatePackage] if row.revision_id == revision.id), None)


def fields_of(world: World) -> Fields:
    """Every field that is no column of the same name."""
    return {
        **_queries(world),
        **_developments(world),
        **_revisions(world),
        **_figures(world),
        **_jobs_and_journal(world),
        **_others(world),
        **identity_fields(world),
        **fields_of_policy(world),
        **roles.fields(world, _ordered),
        **committees.committee_fields(world),
    }


# --- roots ---------------------------------------------------------------------------------------------------------


def _queries(world: World) -> Fields:
    return {
        "Query.rateDevelopment": lambda call: found_by_id(world, call, RateDevelopment),
        "Query.job": lambda call: found_by_id(world, call, Job),
        "Query.committee": lambda call: found_by_id(world, call, Committee),
        "Query.meeting": lambda call: found_by_id(world, call, Meeting),
        "Query.organization": lambda call: found_by_id(world, call, Organization),
        "Query.node": lambda call: found_by_id(world, call, *NODES),
        "Query.rateDevelopments": lambda call: _development_page(world, call),
        "Query.jobs": lambda call: _job_page(world, call),
        "Query.journal": lambda call: _journal_page(world, call),
        "Query.programs": lambda call: sorted(seen(world, call, Program, "program:view"), key=by("code")),
        "Query.rateRules": lambda call: _rules(world, call),
        "Query.rateRevisionComparison": lambda call: _comparison(world, call),
        "Query.registeredOperations": lambda call: _operation_page(world, call),
        "Query.operationRules": lambda call: sorted(
            seen(world, call, OperationRule, "operation_rule:view"),
            key=lambda row: (row.client_id or UUID(int=0), row.id),
        ),
    }


#: A list that is narrowed to a span of one of these is sorted by it.
_SPANS = {"submittedAt": "submitted_at", "requestedAt": "requested_at", "at": "at", "expiresAt": "expires_at"}


def _ordered(type_: str, call: Call, columns: dict[str, str]) -> Sorted:
    order = call.arguments.get("orderBy")
    span = next((column for name, column in _SPANS.items() if asks_for_a_span(call, name)), None)
    if order is None and span is not None:
        return Sorted(f"{type_} by -{span}", [by(span), by("id")], descending=True)
    if order is None:
        return Sorted(type_, [by("id")], descending=True)
    column = columns[order.removesuffix("_ASC").removesuffix("_DESC")]
    descending = order.endswith("_DESC")
    return Sorted(f"{type_} by {'-' if descending else ''}{column}", [by(column), by("id")], descending)


def _development_page(world: World, call: Call) -> Any:
    rows = seen(world, call, RateDevelopment, "rate_development:view")
    digest = call.arguments.get("packageDigest")
    if digest is not None:
        rows = [row for row in rows if any(one.package_digest == digest for one in world.revisions[row.id])]
    read = {"status": by("status"), "submittedAt": (by("submitted_at"), instant)}
    rows = filtered(rows, call.arguments.get("filter"), read)
    order = _ordered("RateDevelopment", call, {"SUBMITTED_AT": "submitted_at", "NAME": "name"})
    return connection("RateDevelopment", rows, order, call.arguments)


def _job_page(world: World, call: Call) -> Any:
    read = {
        "state": by("state"),
        "subject": (by("subject_id"), row_id),
        "requestedAt": (by("requested_at"), instant),
    }
    rows = filtered(seen(world, call, Job, "job:view"), call.arguments.get("filter"), read)
    return connection("Job", rows, _ordered("Job", call, {"REQUESTED_AT": "requested_at"}), call.arguments)


def _journal_page(world: World, call: Call) -> Any:
    call.require("journal_entry:view")
    read = {
        "subject": (by("subject_id"), row_id),
        "actor": (by("actor_id"), row_id),
        "action": by("action"),
        "at": (by("at"), instant),
    }
    rows = filtered(seen(world, call, JournalEntry, "journal_entry:view"), call.arguments.get("filter"), read)
    return connection("JournalEntry", rows, _ordered("JournalEntry", call, {}), call.arguments)


def _operation_page(world: World, call: Call) -> Any:
    rows = seen(world, call, RegisteredOperation, "registered_operation:view")
    rows = filtered(rows, call.arguments.get("filter"), {"client": (by("client_id"), row_id)})
    return connection("RegisteredOperation", rows, _ordered("RegisteredOperation", call, {}), call.arguments)


def _rules(world: World, call: Call) -> dict[str, Any]:
    call.require("rate_rules:view")
    found = world.rows[RateRules]
    return {"changeLimit": found[0].change_limit if found else Decimal("0.2")}


def _comparison(world: World, call: Call) -> Any:
    thing = found_by_id(world, call, RateDevelopment)
    if thing is None:
        return None
    numbers = (call.arguments["beforeRevision"], call.arguments["afterRevision"])
    revisions = [world.revision(thing.row, number) for number in numbers]
    if None in revisions:
        return None
    before, after = ({_line(row): row for row in world.figures.get(one.id, [])} for one in revisions)
    lines = [_compared(before.get(line), after.get(line)) for line in before.keys() | after.keys()]
    if call.arguments["changedOnly"]:
        lines = [line for line in lines if line["before"] is None or line["before"] != line["after"]]
    order = Sorted("RateFigureComparison", [lambda line: line["place"]])
    page = connection("RateFigureComparison", lines, order, call.arguments)
    plain = [{**edge, "node": edge["node"].row} for edge in page["edges"]]
    return {**page, "edges": plain, "nodes": [edge["node"] for edge in plain]}


def _line(figure: Any) -> tuple[Any, ...]:
    return tuple(getattr(figure, name) for name in _LINE)


def _compared(before: Any, after: Any) -> dict[str, Any]:
    one = before if after is None else after
    both = before is not None and after is not None
    return {
        "exhibit": one.exhibit,
        "rateCell": one.rate_cell,
        "contractor": one.contractor,
        "line": one.line,
        "column": one.rate_column,
        "before": before and before.value,
        "beforeDisplay": before and before.display,
        "after": after and after.value,
        "afterDisplay": after and after.display,
        "difference": exact_difference(after.value, before.value) if both else None,
        "place": before.ordinal * 2 if after is None else after.ordinal * 2 + 1,
    }


# --- rates ---------------------------------------------------------------------------------------------------------


def _developments(world: World) -> Fields:
    def package(call: Call, name: str, otherwise: Any = None) -> Any:
        content = world.package(call.row)
        return otherwise if content is None else content[name]

    def period(call: Call) -> Any:
        found = package(call, "ratingPeriod")
        return found and {**found, **{end: date.fromisoformat(found[end]) for end in ("begin", "end")}}

    def newest_job(call: Call) -> Any:
        about = [row for row in seen(world, call, Job, "job:view") if row.subject_type == "RateDevelopment"]
        return max((row for row in about if row.subject_id == call.row.id), key=by("id"), default=None)

    def figures(call: Call) -> Any:
        revision = world.revision(call.row, call.arguments.get("revision"))
        read = {name: by(name) for name in ("exhibit", "contractor", "line")}
        read |= {"rateCell": by("rate_cell"), "column": by("rate_column"), "tieOut": by("tie_out")}
        rows = [] if revision is None else world.figures.get(revision.id, [])
        return _figure_page(filtered(rows, call.arguments.get("filter"), read), call)

    def tie_out(call: Call) -> Any:
        revision = world.revision(call.row, call.arguments.get("revision"))
        return None if revision is None or revision.tie_exact is None else revision

    return {
        "RateDevelopment.submittedBy": lambda call: global_id("Subject", call.row.submitted_by),
        "RateDevelopment.currency": lambda call: package(call, "currency"),
        "RateDevelopment.period": period,
        "RateDevelopment.contractors": lambda call: package(call, "contractors", []),
        "RateDevelopment.rateCells": lambda call: package(call, "rateCells", []),
        "RateDevelopment.packageDigest": lambda call: world.revision(call.row, None).package_digest,
        "RateDevelopment.revisions": lambda call: world.revisions[call.row.id],
        "RateDevelopment.job": newest_job,
        "RateDevelopment.figures": figures,
        "RateDevelopment.tieOut": tie_out,
    }


def _figure_page(rows: Iterable[Any], call: Call) -> Any:
    return connection("RateFigure", list(rows), Sorted("RateFigure", [by("ordinal")]), call.arguments)


def _certification(call: Call) -> Any:
    record = call.row.certification
    if record is None:
        return None
    return {
        **record,
        "justifications": _members(record["justifications"], "rateCell", "text"),
        "changeLimit": Decimal(record["changeLimit"]),
        "certifiedBy": global_id("Subject", UUID(record["certifiedBy"])),
        "certifiedAt": datetime.fromisoformat(record["certifiedAt"]),
    }


def _members(found: dict[str, Any], name: str, value: str) -> list[dict[str, str]]:
    return [{name: key, value: _json_text(item)} for key, item in found.items()]


def _json_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _revisions(world: World) -> Fields:
    def findings(call: Call) -> Any:
        return [{**one, "detail": _members(one["detail"], "name", "value")} for one in call.row.findings or []]

    def cells(call: Call) -> Any:
        rows = [row for row in world.figures.get(call.row.id, []) if row.tie_out is not None]
        return _figure_page(filtered(rows, call.arguments.get("filter"), {"tieOut": by("tie_out")}), call)

    return {
        "RateRevision.certification": _certification,
        "TieOutSummary.exact": lambda call: call.row.tie_exact,
        "TieOutSummary.oneUnit": lambda call: call.row.tie_one_unit,
        "TieOutSummary.differs": lambda call: call.row.tie_differs,
        "TieOutSummary.findings": findings,
        "TieOutSummary.cells": cells,
    }


def _figures(world: World) -> Fields:
    def inputs(call: Call) -> Any:
        return [row for row in world.figures[call.row.revision_id] if row.ordinal in call.row.inputs]

    return {
        "RateFigure.revision": lambda call: world.find(RateRevision, call.row.revision_id).number,
        "RateFigure.column": lambda call: call.row.rate_column,
        "RateFigure.support": lambda call: call.row.support or [],
        "RateFigure.inputs": inputs,
    }


# --- the rest ------------------------------------------------------------------------------------------------------


def _jobs_and_journal(world: World) -> Fields:
    tables: dict[str, type[Any]] = {table.__name__: table for table in NODES}

    def subject(call: Call) -> Any:
        table = tables.get(call.row.subject_type)
        return None if table is None else visible(world, call, table, call.row.subject_id)

    def progress(call: Call) -> Any:
        return {"done": call.row.done_units, "total": call.row.total_units, "phase": call.row.phase}

    return {
        "Job.progress": progress,
        "Job.cancelRequested": lambda call: call.row.cancel_requested_at is not None,
        "Job.failureDetail": lambda call: call.unless_withheld("job.failure_detail:view", call.row.failure_detail),
        "Job.subject": subject,
        "JournalEntry.actor": lambda call: global_id("Subject", call.row.actor_id),
        "JournalEntry.detail": lambda call: _members(call.row.detail, "name", "value"),
        "JournalEntry.subject": subject,
    }


def _others(world: World) -> Fields:
    def periods(call: Call) -> Any:
        rows = [row for row in seen(world, call, Period, "program:view") if row.program_id == call.row.id]
        return sorted(rows, key=by("begin_on"))

    return {
        "Program.periods": periods,
        "RegisteredOperation.client": lambda call: global_id("Subject", call.row.client_id),
        "OperationRule.client": lambda call: call.row.client_id and global_id("Subject", call.row.client_id),
    }
