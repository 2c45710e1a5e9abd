"""Rate developments in the schema."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry
from sqlalchemy import func

from almoner.jobs import tables as job_tables
from almoner.rates import tables
from almoner_graphql.connection import Connection
from almoner_graphql.jobs.types import Job
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import Argument, computed, many, one, pages, reads, same
from almoner_graphql.planner.filters import Filter, TextFilter
from almoner_graphql.planner.sources import elements, members, rows_of, text_of
from almoner_graphql.planner.values import global_id
from almoner_graphql.rates import sources
from almoner_graphql.rates.enums import Exhibit, RateColumn, Status, TieOut
from almoner_graphql.rates.figures import RateFigure

_REVISION = {"revision": Argument(int | None, "The number of a revision; the current one if not given.", default=None)}


# What is read from a package or from a certification is always there: nothing is stored that was not checked before.


@reads()
@strawberry.type(description="A span of days, as letters name them: with its last day.")
class RatePeriod:
    """The rating period of a package."""

    label: str = computed(
        lambda package: package.content["ratingPeriod"]["label"].astext,
        always=True,
        description="Its name, for example SFY10.",
    )
    begin: date = computed(
        lambda package: sources.day(package.content["ratingPeriod"]["begin"].astext),
        always=True,
        description="Its first day.",
    )
    end: date = computed(
        lambda package: sources.day(package.content["ratingPeriod"]["end"].astext),
        always=True,
        description="Its last day.",
    )


@reads()
@strawberry.type(description="A contractor: a regional behavioural health authority in one of its service areas.")
class RateContractor:
    """One of a package's contractors."""

    code: str = computed(lambda item: item.value["code"].astext, always=True, description="As figures name it.")
    rbha: str = computed(lambda item: item.value["rbha"].astext, always=True, description="The authority.")
    area: str = computed(
        lambda item: item.value["area"].astext, always=True, description="Its geographic service area."
    )
    counties: list[str] = computed(
        lambda item: item.value["counties"], always=True, description="The counties of the area."
    )


@reads()
@strawberry.type(description="A rate cell: a program and a population.")
class RateCell:
    """One of a package's rate cells."""

    code: str = computed(lambda item: item.value["code"].astext, always=True, description="As figures name it.")
    program: str = computed(lambda item: item.value["program"].astext, always=True, description="The program's name.")
    population: str = computed(
        lambda item: item.value["population"].astext, always=True, description="The population's name."
    )


@reads()
@strawberry.type(description="Why the rate of a rate cell changes by more than the limit.")
class RateJustification:
    """One of a certification's justifications."""

    rate_cell: str = computed(lambda item: item.key, always=True, description="The rate cell's code.")
    text: str = computed(lambda item: text_of(item.value), always=True, description="Why.")


@reads()
@strawberry.type(description="What an actuary stated when certifying.")
class RateCertification:
    """The record that the revision keeps."""

    reliance: str = computed(
        lambda revision: revision.certification["reliance"].astext,
        always=True,
        description="On whose data the rates rely, and who answers for them.",
    )
    limits_of_use: str = computed(
        lambda revision: revision.certification["limitsOfUse"].astext,
        always=True,
        description="What the rates may not be used for.",
    )
    qualification: str = computed(
        lambda revision: revision.certification["qualification"].astext,
        always=True,
        description="The actuary's qualification.",
    )
    justifications: list[RateJustification] = many(
        members(lambda revision: revision.certification["justifications"]),
        description="For rate cells that change a lot.",
    )
    change_limit: Decimal = computed(
        lambda revision: sources.number(revision.certification["changeLimit"].astext),
        always=True,
        description="What counted as a lot, as a share.",
    )
    range_criteria: str = computed(
        lambda revision: revision.certification["rangeCriteria"].astext,
        always=True,
        description="The regulation that the rate ranges were checked against.",
    )
    certified_by: strawberry.ID = computed(
        lambda revision: global_id("Subject", revision.certification["certifiedBy"].astext),
        always=True,
        description="The account's id, as in `viewer`.",
    )
    certified_at: datetime = computed(
        lambda revision: sources.instant(revision.certification["certifiedAt"].astext),
        always=True,
        description="When.",
    )


@reads(tables.RateRevision)
@strawberry.type(description="One version of a rate development. Never changed once it is superseded.")
class RateRevision:
    """Read from `rate_revision`, and seen by who sees its development."""

    number: int = strawberry.field(description="From 1.")
    submitted_at: datetime | None = strawberry.field(description="When its package came; null while it waits for one.")
    calculated_at: datetime | None = strawberry.field(description="When its figures were there; null before.")
    unlock_reason: str | None = strawberry.field(description="Why the revision before it was unlocked.")
    package_digest: str | None = strawberry.field(description="SHA-256 of its canonical package, in hexadecimal.")
    certification: RateCertification | None = same(
        when=lambda revision: func.jsonb_typeof(revision.certification) == "object",
        description="Null unless it was certified.",
    )


@reads()
@strawberry.type(description="A named number of a finding.")
class TieOutDetail:
    """One member of a finding's detail."""

    name: str = computed(lambda item: item.key, always=True, description="Its name.")
    value: str = computed(lambda item: text_of(item.value), always=True, description="Its value.")


@reads()
@strawberry.type(description="Something that no single printed cell shows.")
class TieOutFinding:
    """See `almoner.rates.findings.Finding`."""

    code: str = computed(lambda item: item.value["code"].astext, always=True, description="Stable, in SCREAMING_SNAKE.")
    message: str = computed(lambda item: item.value["message"].astext, always=True, description="A sentence.")
    detail: list[TieOutDetail] = many(
        members(lambda item: item.value["detail"]), description="The numbers in it, by name."
    )


@strawberry.input(description="Which of the figures that were compared with a printed cell.")
class TieOutCellFilter:
    """Columns of `rate_figure`."""

    tie_out: Filter[TieOut] | None = strawberry.field(default=None, description="How the two compare.")


@reads()
@strawberry.type(description="How the printed letter compares with the recomputed figures.")
class TieOutSummary:
    """Read from a row of `rate_revision` that has one; see `sources.tied_out_revision`."""

    exact: int = computed(
        lambda revision: revision.tie_exact, always=True, description="How many printed cells are equal."
    )
    one_unit: int = computed(
        lambda revision: revision.tie_one_unit,
        always=True,
        description="How many are one unit in the last printed place off.",
    )
    differs: int = computed(lambda revision: revision.tie_differs, always=True, description="How many are further off.")
    findings: list[TieOutFinding] = many(
        elements(lambda revision: revision.findings), description="What no single cell shows."
    )
    cells: Connection[RateFigure] = pages(
        sources.CELLS_OF_REVISION,
        key="ordinal",
        filter=TieOutCellFilter,
        description="The figures that printed cells were compared with, in the order of the calculation.",
    )


@strawberry.input(description="Which figures; what is not given or null means any.")
class RateFigureFilter:
    """Columns of `rate_figure`."""

    exhibit: Filter[Exhibit] | None = strawberry.field(default=None, description="Where they stand.")
    rate_cell: TextFilter | None = strawberry.field(default=None, description="Of which rate cells (C: or programs).")
    contractor: TextFilter | None = strawberry.field(default=None, description="Of which contractors; null is a total.")
    line: TextFilter | None = strawberry.field(default=None, description="Of which lines.")
    column: Filter[RateColumn] | None = strawberry.field(default=None, description="Of which columns.")
    tie_out: Filter[TieOut] | None = strawberry.field(
        default=None, description="How they compare with a printed cell; null if nothing was printed."
    )


@reads(tables.RateDevelopment, view="rate_development:view")
@strawberry.type(description="A set of capitation rates, from a package to published rates.")
class RateDevelopment(Node):
    """Read from `rate_development`, its revisions and their packages."""

    name: str = strawberry.field(description="What it is called.")
    status: Status = strawberry.field(description="Where it stands.")
    revision: int = strawberry.field(description="The number of its current revision.")
    submitted_by: strawberry.ID = computed(
        lambda development: global_id("Subject", development.submitted_by),
        description="The account's id, as in `viewer`.",
    )
    submitted_at: datetime = strawberry.field(description="When it was first submitted.")
    certified_at: datetime | None = strawberry.field(description="When it was certified; null unless it is.")
    published_at: datetime | None = strawberry.field(description="When it was published; null unless it is.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was withdrawn; null unless it is.")
    withdrawal_reason: str | None = strawberry.field(description="Why it was withdrawn.")
    currency: str | None = computed(
        lambda development: text_of(sources.package_member(development, "currency")),
        description="The currency of the current package; null while it waits for one.",
    )
    period: RatePeriod | None = one(
        sources.PACKAGE,
        description="The period that the rates are for; null while the revision waits for its package.",
    )
    contractors: list[RateContractor] = many(
        elements(lambda development: sources.package_member(development, "contractors")),
        description="The contractors of the current package, in its order; none while it waits for one.",
    )
    rate_cells: list[RateCell] = many(
        elements(lambda development: sources.package_member(development, "rateCells")),
        description="The rate cells of the current package, in its order; none while it waits for one.",
    )
    package_digest: str | None = computed(
        sources.digest, description="SHA-256 of the current canonical package; null while it waits for one."
    )
    revisions: list[RateRevision] = many(sources.REVISIONS, description="All revisions, oldest first.")
    job: Job | None = one(
        rows_of(
            job_tables.Job,
            lambda development, job: (job.subject_type == "RateDevelopment", job.subject_id == development.id),
            order=lambda job: job.id.desc(),
            limit=1,
        ),
        description="The newest job about it that the viewer may see.",
    )
    figures: Connection[RateFigure] = pages(
        sources.figures_of_development,
        key="ordinal",
        filter=RateFigureFilter,
        where={"column": lambda figure: figure.rate_column},
        arguments=_REVISION,
        description="The figures of a revision, in the order of the calculation; none of one that is not there.",
    )
    tie_out: TieOutSummary | None = one(
        sources.tied_out_revision,
        arguments=_REVISION,
        description="How the printed letter compares with the figures of a revision; null until then.",
    )


@reads()
@strawberry.type(description="What the agency has set for its rates.")
class RateRules:
    """Read from `rate_rules`, or the defaults."""

    change_limit: Decimal = computed(
        lambda rules: rules.change_limit,
        always=True,  # see `sources.rules_in_force`: a coalesce with a default
        description="A rate cell that rises or falls by more than this share needs a justification.",
    )
