"""What mutations of capitation rates answer."""

from __future__ import annotations

import strawberry

from almoner.jobs import tables as job_tables
from almoner.rates import tables
from almoner_graphql.jobs.types import Job
from almoner_graphql.planner.declare import many, one, reads
from almoner_graphql.planner.sources import given_row, no_rows
from almoner_graphql.problems import Problem
from almoner_graphql.rates import sources
from almoner_graphql.rates.types import RateDevelopment, RateRules

_DEVELOPMENT = "The development as it is now; null if this was refused."
_JOB = "The job that calculates it; null if this was refused."
_PROBLEMS = "Why this was refused; empty if it was not."


@reads()
@strawberry.type(description="What became of `submitRateDevelopment`.")
class SubmitRateDevelopmentPayload:
    """The new development and its job, or problems."""

    rate_development: RateDevelopment | None = one(
        given_row(tables.RateDevelopment, "rate_development"), description=_DEVELOPMENT
    )
    job: Job | None = one(given_row(job_tables.Job, "job"), description=_JOB)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `resubmitRateDevelopment`.")
class ResubmitRateDevelopmentPayload:
    """The development and its new job, or problems."""

    rate_development: RateDevelopment | None = one(
        given_row(tables.RateDevelopment, "rate_development"), description=_DEVELOPMENT
    )
    job: Job | None = one(given_row(job_tables.Job, "job"), description=_JOB)
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of a step in the life of a rate development.")
class RateDevelopmentPayload:
    """Of `unlock…`, `certify…`, `publish…` and `withdrawRateDevelopment`."""

    rate_development: RateDevelopment | None = one(
        given_row(tables.RateDevelopment, "rate_development"), description=_DEVELOPMENT
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)


@reads()
@strawberry.type(description="What became of `setRateRules`.")
class SetRateRulesPayload:
    """The rules, or problems."""

    rate_rules: RateRules | None = one(
        sources.rules_in_force, description="The rules as they are now; null if this was refused."
    )
    problems: list[Problem] = many(no_rows, description=_PROBLEMS)
