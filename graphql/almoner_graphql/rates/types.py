"""Rate developments in the schema."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import func

from almoner.jobs import tables as job_tables
from almoner.jobs.read import latest_job_about
from almoner.rates import read, tables
from almoner_graphql.connection import After, Connection, First, connection
from almoner_graphql.context import Context, Info
from almoner_graphql.fields import resolved
from almoner_graphql.jobs.types import Job
from almoner_graphql.node import Node, loads, node_id
from almoner_graphql.planner.declare import (
    Many,
    One,
    Pages,
    Same,
    Value,
    elements,
    members,
    one_of,
    reads,
    rows_of,
    text_of,
)
from almoner_graphql.planner.values import global_id
from almoner_graphql.rates import sources
from almoner_graphql.rates.enums import Status, TieOut
from almoner_graphql.rates.figures import RateFigure
from almoner_graphql.rates.inputs import RateFigureFilter, figure_filter

RevisionNumber = Annotated[
    int | None, strawberry.argument(description="The number of a revision; the current one if not given.")
]


@reads(
    label=Value(lambda package: package.content["ratingPeriod"]["label"].astext),
    begin=Value(lambda package: sources.day(package.content["ratingPeriod"]["begin"].astext)),
    end=Value(lambda package: sources.day(package.content["ratingPeriod"]["end"].astext)),
)
@strawberry.type(description="A span of days, as letters name them: with its last day.")
class RatePeriod:
    """A period of a package."""

    label: str = strawberry.field(description="Its name, for example SFY10.")
    begin: date = strawberry.field(description="Its first day.")
    end: date = strawberry.field(description="Its last day.")


@reads(
    code=Value(lambda item: item.value["code"].astext),
    rbha=Value(lambda item: item.value["rbha"].astext),
    area=Value(lambda item: item.value["area"].astext),
    counties=Value(lambda item: item.value["counties"]),
)
@strawberry.type(description="A contractor: a regional behavioural health authority in one of its service areas.")
class RateContractor:
    """One of a package's contractors."""

    code: str = strawberry.field(description="As figures name it.")
    rbha: str = strawberry.field(description="The authority.")
    area: str = strawberry.field(description="Its geographic service area.")
    counties: list[str] = strawberry.field(description="The counties of the area.")


@reads(
    code=Value(lambda item: item.value["code"].astext),
    program=Value(lambda item: item.value["program"].astext),
    population=Value(lambda item: item.value["population"].astext),
)
@strawberry.type(description="A rate cell: a program and a population.")
class RateCell:
    """One of a package's rate cells."""

    code: str = strawberry.field(description="As figures name it.")
    program: str = strawberry.field(description="The program's name.")
    population: str = strawberry.field(description="The population's name.")


@reads(rate_cell=Value(lambda item: item.key), text=Value(lambda item: text_of(item.value)))
@strawberry.type(description="Why the rate of a rate cell changes by more than the limit.")
class RateJustification:
    """One of a certification's justifications."""

    rate_cell: str = strawberry.field(description="The rate cell's code.")
    text: str = strawberry.field(description="Why.")


@reads(
    reliance=Value(lambda revision: revision.certification["reliance"].astext),
    limits_of_use=Value(lambda revision: revision.certification["limitsOfUse"].astext),
    qualification=Value(lambda revision: revision.certification["qualification"].astext),
    justifications=Many(members(lambda revision: revision.certification["justifications"])),
    change_limit=Value(lambda revision: sources.number(revision.certification["changeLimit"].astext)),
    range_criteria=Value(lambda revision: revision.certification["rangeCriteria"].astext),
    certified_by=Value(lambda revision: global_id("Subject", revision.certification["certifiedBy"].astext)),
    certified_at=Value(lambda revision: sources.instant(revision.certification["certifiedAt"].astext)),
)
@strawberry.type(description="What an actuary stated when certifying.")
class RateCertification:
    """Built from the record that the revision keeps."""

    reliance: str = strawberry.field(description="On whose data the rates rely, and who answers for them.")
    limits_of_use: str = strawberry.field(description="What the rates may not be used for.")
    qualification: str = strawberry.field(description="The actuary's qualification.")
    justifications: list[RateJustification] = strawberry.field(description="For rate cells that change a lot.")
    change_limit: Decimal = strawberry.field(description="What counted as a lot, as a share.")
    range_criteria: str = strawberry.field(description="The regulation that the rate ranges were checked against.")
    certified_by: strawberry.ID = strawberry.field(description="The account's id, as in `viewer`.")
    certified_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: dict[str, Any]) -> RateCertification:
        """The certification in a revision's record."""
        return cls(
            reliance=record["reliance"],
            limits_of_use=record["limitsOfUse"],
            qualification=record["qualification"],
            justifications=[
                RateJustification(rate_cell=cell, text=text) for cell, text in record["justifications"].items()
            ],
            change_limit=Decimal(record["changeLimit"]),
            range_criteria=record["rangeCriteria"],
            certified_by=node_id("Subject", UUID(record["certifiedBy"])),
            certified_at=datetime.fromisoformat(record["certifiedAt"]),
        )


@reads(
    tables.RateRevision,
    certification=Same(when=lambda revision: func.jsonb_typeof(revision.certification) == "object"),
)
@strawberry.type(description="One version of a rate development. Never changed once it is superseded.")
class RateRevision:
    """Built from a row of `rate_revision`."""

    number: int = strawberry.field(description="From 1.")
    submitted_at: datetime | None = strawberry.field(description="When its package came; null while it waits for one.")
    calculated_at: datetime | None = strawberry.field(description="When its figures were there; null before.")
    unlock_reason: str | None = strawberry.field(description="Why the revision before it was unlocked.")
    package_digest: str | None = strawberry.field(description="SHA-256 of its canonical package, in hexadecimal.")
    certification: RateCertification | None = strawberry.field(description="Null unless it was certified.")

    @classmethod
    def of(cls, row: tables.RateRevision) -> RateRevision:
        """The revision in a row."""
        return cls(
            number=row.number,
            submitted_at=row.submitted_at,
            calculated_at=row.calculated_at,
            unlock_reason=row.unlock_reason,
            package_digest=row.package_digest,
            certification=None if row.certification is None else RateCertification.of(row.certification),
        )


@reads(name=Value(lambda item: item.key), value=Value(lambda item: text_of(item.value)))
@strawberry.type(description="A named number of a finding.")
class TieOutDetail:
    """One member of a finding's detail."""

    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@reads(
    code=Value(lambda item: item.value["code"].astext),
    message=Value(lambda item: item.value["message"].astext),
    detail=Many(members(lambda item: item.value["detail"])),
)
@strawberry.type(description="Something that no single printed cell shows.")
class TieOutFinding:
    """See `almoner.rates.findings.Finding`."""

    code: str = strawberry.field(description="Stable, in SCREAMING_SNAKE.")
    message: str = strawberry.field(description="A sentence.")
    detail: list[TieOutDetail] = strawberry.field(description="The numbers in it, by name.")


@reads(
    exact=Value(lambda revision: revision.tie_exact),
    one_unit=Value(lambda revision: revision.tie_one_unit),
    differs=Value(lambda revision: revision.tie_differs),
    findings=Many(elements(lambda revision: revision.findings)),
    cells=Pages(
        sources.CELLS_OF_REVISION,
        key="ordinal",
        parse=int,
        filters={"tieOut": lambda figure, wanted: one_of(figure.tie_out, wanted)},
    ),
)
@strawberry.type(description="How the printed letter compares with the recomputed figures.")
class TieOutSummary:
    """Built from a row of `rate_revision`."""

    row: strawberry.Private[tables.RateRevision]
    exact: int = strawberry.field(description="How many printed cells are equal.")
    one_unit: int = strawberry.field(description="How many are one unit in the last printed place off.")
    differs: int = strawberry.field(description="How many are further off.")
    findings: list[TieOutFinding] = strawberry.field(description="What no single cell shows.")

    @resolved(description="The figures that printed cells were compared with, in the order of the calculation.")
    async def cells(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        tie_out: Annotated[
            list[TieOut] | None, strawberry.argument(description="Only those with one of these outcomes.")
        ] = None,
    ) -> Connection[RateFigure]:
        page = await info.context.read(read.tied_out_cells, self.row, tie_out=tie_out, first=first, after=after)
        return connection(page, partial(RateFigure.of, revision=self.row.number), after=after)

    @classmethod
    def of(cls, row: tables.RateRevision) -> TieOutSummary | None:
        """The tie-out in a row; None while there is none."""
        if row.tie_exact is None or row.tie_one_unit is None or row.tie_differs is None:
            return None
        findings = [
            TieOutFinding(
                code=finding["code"],
                message=finding["message"],
                detail=[TieOutDetail(name=name, value=str(value)) for name, value in finding["detail"].items()],
            )
            for finding in row.findings or []
        ]
        return cls(row=row, exact=row.tie_exact, one_unit=row.tie_one_unit, differs=row.tie_differs, findings=findings)


@reads(
    tables.RateDevelopment,
    view="rate_development:view",
    submitted_by=Value(lambda development: global_id("Subject", development.submitted_by)),
    currency=Value(lambda development: text_of(sources.package_member(development, "currency"))),
    period=One(sources.PACKAGE),
    contractors=Many(elements(lambda development: sources.package_member(development, "contractors"))),
    rate_cells=Many(elements(lambda development: sources.package_member(development, "rateCells"))),
    package_digest=Value(sources.digest),
    revisions=Many(sources.REVISIONS),
    job=One(
        rows_of(
            job_tables.Job,
            lambda development, job: (job.subject_type == "RateDevelopment", job.subject_id == development.id),
            order=lambda job: job.id.desc(),
            limit=1,
        )
    ),
    figures=Pages(
        sources.FIGURES_OF_DEVELOPMENT,
        key="ordinal",
        parse=int,
        filters={
            "filter.exhibit": lambda figure, wanted: figure.exhibit == wanted,
            "filter.rateCell": lambda figure, wanted: figure.rate_cell == wanted,
            "filter.contractor": lambda figure, wanted: figure.contractor == wanted,
            "filter.line": lambda figure, wanted: figure.line == wanted,
            "filter.column": lambda figure, wanted: figure.rate_column == wanted,
            "filter.tieOut": lambda figure, wanted: one_of(figure.tie_out, wanted),
        },
        flags={"filter.totals": lambda figure: figure.contractor.is_(None)},
        slow=frozenset({"revision"}),
    ),
    tie_out=One(sources.TIED_OUT_REVISION, slow=frozenset({"revision"})),
)
@strawberry.type(description="A set of capitation rates, from a package to published rates.")
class RateDevelopment(Node):
    """Built from a row of `rate_development`; what belongs to a revision is read when it is asked for."""

    row: strawberry.Private[tables.RateDevelopment]
    name: str = strawberry.field(description="What it is called.")
    status: Status = strawberry.field(description="Where it stands.")
    revision: int = strawberry.field(description="The number of its current revision.")
    submitted_by: strawberry.ID = strawberry.field(description="The account's id, as in `viewer`.")
    submitted_at: datetime = strawberry.field(description="When it was first submitted.")
    certified_at: datetime | None = strawberry.field(description="When it was certified; null unless it is.")
    published_at: datetime | None = strawberry.field(description="When it was published; null unless it is.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was withdrawn; null unless it is.")
    withdrawal_reason: str | None = strawberry.field(description="Why it was withdrawn.")

    @resolved(description="The currency of the current package; null while it waits for one.")
    async def currency(self, info: Info) -> str | None:
        package = await self._package(info.context)
        return None if package is None else package["currency"]

    @resolved(description="The period that the rates are for; null while the revision waits for its package.")
    async def period(self, info: Info) -> RatePeriod | None:
        package = await self._package(info.context)
        if package is None:
            return None
        period = package["ratingPeriod"]
        begin, end = (date.fromisoformat(period[key]) for key in ("begin", "end"))
        return RatePeriod(label=period["label"], begin=begin, end=end)

    @resolved(description="The contractors of the current package, in its order; none while it waits for one.")
    async def contractors(self, info: Info) -> list[RateContractor]:
        package = await self._package(info.context) or {"contractors": []}
        return [RateContractor(**contractor) for contractor in package["contractors"]]

    @resolved(description="The rate cells of the current package, in its order; none while it waits for one.")
    async def rate_cells(self, info: Info) -> list[RateCell]:
        package = await self._package(info.context) or {"rateCells": []}
        names = ("code", "program", "population")
        return [RateCell(**{name: cell[name] for name in names}) for cell in package["rateCells"]]

    @resolved(description="SHA-256 of the current canonical package; null while it waits for one.")
    async def package_digest(self, info: Info) -> str | None:
        return (await self._revision(info.context, None)).package_digest

    @resolved(description="All revisions, oldest first.")
    async def revisions(self, info: Info) -> list[RateRevision]:
        return [RateRevision.of(row) for row in await info.context.read(read.revisions_of, self.row)]

    @resolved(description="The newest job about it that the viewer may see.")
    async def job(self, info: Info) -> Job | None:
        row = await info.context.read(latest_job_about, self.row)
        return None if row is None else Job.of(row)

    @resolved(description="The figures of a revision, in the order of the calculation.")
    async def figures(
        self,
        info: Info,
        revision: RevisionNumber = None,
        first: First = None,
        after: After = None,
        filter: Annotated[RateFigureFilter | None, strawberry.argument(description="Which figures.")] = None,
    ) -> Connection[RateFigure]:
        row = await self._revision(info.context, revision)
        page = await info.context.read(read.figures, row, figure_filter(filter), first=first, after=after)
        return connection(page, partial(RateFigure.of, revision=row.number), after=after)

    @resolved(description="How the printed letter compares with the figures of a revision; null until then.")
    async def tie_out(self, info: Info, revision: RevisionNumber = None) -> TieOutSummary | None:
        return TieOutSummary.of(await self._revision(info.context, revision))

    async def _package(self, context: Context) -> dict[str, Any] | None:
        revision = await self._revision(context, None)
        return await context.read_once(("package", self.id), read.package_of, revision)

    async def _revision(self, context: Context, number: int | None) -> tables.RateRevision:
        wanted = self.revision if number is None else number
        return await context.read_once(("revision", self.id, wanted), read.get_revision, self.row, wanted)

    @classmethod
    def of(cls, row: tables.RateDevelopment) -> RateDevelopment:
        """The development in a row."""
        return cls(
            id=node_id("RateDevelopment", row.id),
            row=row,
            name=row.name,
            status=Status(row.status),
            revision=row.revision,
            submitted_by=node_id("Subject", row.submitted_by),
            submitted_at=row.submitted_at,
            certified_at=row.certified_at,
            published_at=row.published_at,
            withdrawn_at=row.withdrawn_at,
            withdrawal_reason=row.withdrawal_reason,
        )


@loads("RateDevelopment")
async def find_rate_development(context: Context, development_id: UUID) -> RateDevelopment | None:
    """The development with that row id, or None."""
    row = await context.find(read.get_rate_development, development_id)
    return None if row is None else RateDevelopment.of(row)


@loads("RateFigure")
async def find_rate_figure(context: Context, figure_id: UUID) -> RateFigure | None:
    """The figure with that row id, or None."""
    found = await context.find(read.get_figure, figure_id)
    return None if found is None else RateFigure.of(*found)


@strawberry.type(description="What the agency has set for its rates.")
class RateRules:
    """Built from a row of `rate_rules`, or from the defaults."""

    change_limit: Decimal = strawberry.field(
        description="A rate cell that rises or falls by more than this share needs a justification."
    )

    @classmethod
    def of(cls, row: tables.RateRules) -> RateRules:
        """The rules in a row."""
        return cls(change_limit=row.change_limit)
