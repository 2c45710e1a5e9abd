"""Opening programs and their periods."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlmodel import col, select

from almoner.core.adding import add_if_missing
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank
from almoner.tenancy.create_tenant import CODE
from almoner.tenancy.tables import Period, Program


async def create_program(scope: TenantScope, *, code: str, name: str) -> Program:
    """Open a program.

    Raises:
        Denied: the viewer lacks `program:create`.
        Invalid: a bad code or a blank name.
        Conflict: the code is taken.
    """
    scope.require("program:create")
    problems = []
    if not CODE.fullmatch(code):
        problems.append(Problem("BAD_CODE", "A code is 2 to 40 of a-z, 0-9 and -, a letter first.", ("code",)))
    if is_blank(name):
        problems.append(Problem("NAME_MISSING", "Give the program's name.", ("name",)))
    if problems:
        raise Invalid(problems)
    planned = Program(tenant_id=scope.tenant_id, code=code, name=name.strip())
    program = await add_if_missing(scope.session, planned, "code")
    if program is None:
        raise Conflict(f"There is a program {code} already.", code="PROGRAM_EXISTS", path=("code",))
    scope.record("program.created", program, code=code)
    return program


async def create_period(scope: TenantScope, program_id: UUID, *, label: str, begin_on: date, until_on: date) -> Period:
    """Open a period `[begin_on, until_on)` of a program.

    Raises:
        NotFound: no such program in this tenant.
        Denied: the viewer lacks `program:create`.
        Invalid: a blank label, an end that is not after the begin, or an overlap with another period of the program.
    """
    scope.require("program:create")
    # The lock on the program makes two overlapping periods that are opened at once take turns.
    program = await scope.get(Program, program_id, "program:create", lock=True)
    problems = []
    if is_blank(label):
        problems.append(Problem("LABEL_MISSING", "Give the period a label such as SFY10.", ("label",)))
    if until_on <= begin_on:
        problems.append(Problem("PERIOD_ORDER", "A period ends after it begins.", ("untilOn",)))
    others = select(Period).where(col(Period.tenant_id) == scope.tenant_id, col(Period.program_id) == program.id)
    for other in (await scope.session.execute(others)).scalars():
        if other.begin_on < until_on and begin_on < other.until_on:
            problems.append(Problem("PERIOD_OVERLAP", f"It overlaps {other.label} of the same program.", ("beginOn",)))
        elif other.label == label.strip():
            problems.append(Problem("PERIOD_EXISTS", f"The program has a period {other.label} already.", ("label",)))
    if problems:
        raise Invalid(problems)
    period = Period(
        tenant_id=scope.tenant_id, program_id=program.id, label=label.strip(), begin_on=begin_on, until_on=until_on
    )
    scope.session.add(period)
    scope.record("period.created", period, program=program.code, label=period.label)
    return period
