"""Programs and rate developments."""

from __future__ import annotations

from tests.graphql.matrix.world import (
    ACTUARY,
    ADMINISTRATOR,
    AUDITOR,
    DENIED,
    EMPTY,
    NOBODY,
    NOT_FOUND,
    OWN,
    PROBLEMS,
    Row,
    World,
)

from almoner.rates.certify import certify_rate_development
from almoner.rates.unlock import unlock_rate_development


async def certify(world: World) -> None:
    await world.tenant.do(
        ACTUARY,
        certify_rate_development,
        world.ids["row"],
        reliance="r",
        limits_of_use="l",
        qualification="q",
        justifications={"CELL001": "new"},
    )


async def unlock(world: World) -> None:
    await world.tenant.do(ACTUARY, unlock_rate_development, world.ids["row"], reason="r")


ROWS = [
    Row("query", "rateDevelopment", "(id: $id)", "{ id }", AUDITOR, NOBODY, NOT_FOUND, NOT_FOUND),
    Row("query", "rateDevelopments", "", "{ totalCount }", AUDITOR, NOBODY, EMPTY, EMPTY),
    Row(
        "query",
        "rateRevisionComparison",
        "(id: $id, beforeRevision: 1, afterRevision: 1, changedOnly: false)",
        "{ totalCount }",
        AUDITOR,
        NOBODY,
        NOT_FOUND,
        NOT_FOUND,
    ),
    Row("query", "rateRules", "", "{ changeLimit }", ACTUARY, NOBODY, DENIED, OWN),
    Row("query", "programs", "", "{ id periods { id } }", AUDITOR, NOBODY, EMPTY, EMPTY),
    Row("query", "node", "(id: $id)", "{ id }", AUDITOR, NOBODY, NOT_FOUND, NOT_FOUND),
    Row("mutation", "submitRateDevelopment", "(input: $package)", PROBLEMS, ACTUARY, AUDITOR, DENIED, OWN),
    Row(
        "mutation",
        "resubmitRateDevelopment",
        "(id: $id, input: $package)",
        PROBLEMS,
        ACTUARY,
        AUDITOR,
        DENIED,
        NOT_FOUND,
        unlock,
    ),
    Row("mutation", "unlockRateDevelopment", '(id: $id, reason: "r")', PROBLEMS, ACTUARY, AUDITOR, DENIED, NOT_FOUND),
    Row(
        "mutation",
        "certifyRateDevelopment",
        '(id: $id, reliance: "r", limitsOfUse: "l", qualification: "q",'
        ' justifications: [{rateCell: "CELL001", text: "new"}])',
        PROBLEMS,
        ACTUARY,
        ADMINISTRATOR,
        DENIED,
        NOT_FOUND,
    ),
    Row(
        "mutation",
        "publishRateDevelopment",
        "(id: $id)",
        PROBLEMS,
        ADMINISTRATOR,
        ACTUARY,
        DENIED,
        NOT_FOUND,
        certify,
    ),
    Row(
        "mutation",
        "withdrawRateDevelopment",
        '(id: $id, reason: "r")',
        PROBLEMS,
        ADMINISTRATOR,
        ACTUARY,
        DENIED,
        NOT_FOUND,
    ),
    Row("mutation", "setRateRules", '(changeLimit: "0.1")', PROBLEMS, ADMINISTRATOR, ACTUARY, DENIED, OWN),
    Row("mutation", "createProgram", '(code: "x1", name: "X")', PROBLEMS, ADMINISTRATOR, ACTUARY, DENIED, OWN),
    Row(
        "mutation",
        "createPeriod",
        '(program: $program, label: "SFY10", beginOn: "2009-07-01", untilOn: "2010-07-01")',
        PROBLEMS,
        ADMINISTRATOR,
        ACTUARY,
        DENIED,
        NOT_FOUND,
    ),
]
