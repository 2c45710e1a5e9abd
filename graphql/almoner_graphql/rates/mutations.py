"""The life of a rate development, step by step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Concatenate, ParamSpec
from uuid import UUID

import strawberry

from almoner.core.errors import Invalid, Problem
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner.jobs import tables as job_tables
from almoner.rates import tables
from almoner.rates.certify import certify_rate_development
from almoner.rates.publish import publish_rate_development
from almoner.rates.resubmit import resubmit_rate_development
from almoner.rates.rules import set_rate_rules
from almoner.rates.submit import submit_rate_development
from almoner.rates.unlock import unlock_rate_development
from almoner.rates.withdraw import withdraw_rate_development
from almoner_graphql.context import Context, Info
from almoner_graphql.fields import mutation
from almoner_graphql.planner.executor import reading
from almoner_graphql.problems import answered, attempt
from almoner_graphql.rates.inputs import RateJustificationInput, SubmitRateDevelopmentInput, as_sent
from almoner_graphql.rates.payloads import (
    RateDevelopmentPayload,
    ResubmitRateDevelopmentPayload,
    SetRateRulesPayload,
    SubmitRateDevelopmentPayload,
)

P = ParamSpec("P")
DevelopmentId = Annotated[strawberry.ID, strawberry.argument(description="The development's id.")]


@strawberry.type(description="Mutations of capitation rates.")
class RateMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "File a package: it is checked as a whole, stored, and calculated by a worker. All problems come back in "
            "one answer, and nothing is stored then. Needs `rate_development:submit`."
        )
    )
    async def submit_rate_development(
        self,
        info: Info,
        input: Annotated[SubmitRateDevelopmentInput, strawberry.argument(description="The package.")],
    ) -> SubmitRateDevelopmentPayload:
        rows, problems = await attempt(info.context, submit_rate_development, as_sent(input))
        if rows is None:
            return SubmitRateDevelopmentPayload(rate_development=None, job=None, problems=problems)
        development, job = rows
        return reading(SubmitRateDevelopmentPayload, rate_development=development.id, job=job.id)

    @mutation(description="File the package of a revision that was unlocked. Needs `rate_development:resubmit`.")
    async def resubmit_rate_development(
        self,
        info: Info,
        id: DevelopmentId,
        input: Annotated[SubmitRateDevelopmentInput, strawberry.argument(description="The package.")],
    ) -> ResubmitRateDevelopmentPayload:
        async def resubmit(scope: TenantScope) -> tuple[tables.RateDevelopment, job_tables.Job]:
            return await resubmit_rate_development(scope, row_id_of("RateDevelopment", id), as_sent(input))

        rows, problems = await attempt(info.context, resubmit)
        if rows is None:
            return ResubmitRateDevelopmentPayload(rate_development=None, job=None, problems=problems)
        development, job = rows
        return reading(ResubmitRateDevelopmentPayload, rate_development=development.id, job=job.id)

    @mutation(
        description="Open a calculated or certified development for a new revision. Needs `rate_development:unlock`."
    )
    async def unlock_rate_development(
        self, info: Info, id: DevelopmentId, reason: Annotated[str, strawberry.argument(description="Why.")]
    ) -> RateDevelopmentPayload:
        return await _step(info.context, id, unlock_rate_development, reason=reason)

    @mutation(
        description=(
            "Freeze a calculated development as certified. Rate ranges are checked (42 CFR 438.4(c)), and rate cells "
            "that change by more than the limit need a justification. Needs `rate_development:certify`."
        )
    )
    async def certify_rate_development(
        self,
        info: Info,
        *,
        id: DevelopmentId,
        reliance: Annotated[
            str, strawberry.argument(description="On whose data the rates rely, and who answers for them.")
        ],
        limits_of_use: Annotated[str, strawberry.argument(description="What the rates may not be used for.")],
        qualification: Annotated[
            str,
            strawberry.argument(
                description="The actuary's, for example membership of the American Academy of Actuaries."
            ),
        ],
        justifications: Annotated[
            list[RateJustificationInput] | None,
            strawberry.argument(description="Each rate cell at most once."),
        ] = None,
    ) -> RateDevelopmentPayload:
        given = justifications or []

        async def certify(scope: TenantScope, development_id: UUID) -> tables.RateDevelopment:
            return await certify_rate_development(
                scope,
                development_id,
                reliance=reliance,
                limits_of_use=limits_of_use,
                qualification=qualification,
                justifications=_by_rate_cell(given),
            )

        return await _step(info.context, id, certify)

    @mutation(description="Let certified rates take effect. Needs `rate_development:publish`.")
    async def publish_rate_development(self, info: Info, id: DevelopmentId) -> RateDevelopmentPayload:
        return await _step(info.context, id, publish_rate_development)

    @mutation(description="Take a development that is not published off the table. Needs `rate_development:withdraw`.")
    async def withdraw_rate_development(
        self, info: Info, id: DevelopmentId, reason: Annotated[str, strawberry.argument(description="Why.")]
    ) -> RateDevelopmentPayload:
        return await _step(info.context, id, withdraw_rate_development, reason=reason)

    @mutation(description="Set what holds for the agency's rates. Needs `rate_rules:set`.")
    async def set_rate_rules(
        self,
        info: Info,
        change_limit: Annotated[
            Decimal,
            strawberry.argument(
                description="A rate cell that rises or falls by more than this share needs a justification."
            ),
        ],
    ) -> SetRateRulesPayload:
        row, problems = await attempt(info.context, set_rate_rules, change_limit=change_limit)
        return SetRateRulesPayload(rate_rules=None, problems=problems) if row is None else reading(SetRateRulesPayload)


async def _step(
    context: Context,
    global_id: str,
    verb: Callable[Concatenate[TenantScope, UUID, P], Awaitable[tables.RateDevelopment]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> RateDevelopmentPayload:
    async def step(scope: TenantScope) -> tables.RateDevelopment:
        return await verb(scope, row_id_of("RateDevelopment", global_id), *args, **kwargs)

    return answered(RateDevelopmentPayload, "rate_development", *await attempt(context, step))


def _by_rate_cell(given: list[RateJustificationInput]) -> dict[str, str]:
    """The justifications by rate cell.

    Raises:
        Invalid: a rate cell stands twice.
    """
    found: dict[str, str] = {}
    problems = []
    for index, item in enumerate(given):
        if item.rate_cell in found:
            path = ("justifications", str(index), "rateCell")
            problems.append(Problem("JUSTIFICATION_REPEATED", "Justify each rate cell once.", path))
        found[item.rate_cell] = item.text
    if problems:
        raise Invalid(problems)
    return found
