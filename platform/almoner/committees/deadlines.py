"""The last days on which something may be done before a meeting: one definition in Python, and the same in SQL.

They follow from the rules in force now, which are data of the terms of reference; without any, there is no last day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Integer, cast, func, select, type_coerce
from sqlmodel import col

from almoner.committees.rules import Rules
from almoner.committees.tables import Meeting, TermsOfReference
from almoner.committees.words import ReminderKind
from almoner.tenancy.tables import Tenant

#: People are reminded so many days before a last day, at this time of it, by the tenant's clocks.
REMINDED_DAYS_BEFORE = (7, 1)
REMINDED_AT = time(9)

#: The rule that says how many days before a meeting something is due, as the JSON of rules calls it.
RULE_OF: dict[ReminderKind, str] = {
    ReminderKind.NOTICE_DUE: "noticeDays",
    ReminderKind.PUBLICATION_DUE: "paperDays",
    ReminderKind.PAPER_DUE: "paperDays",
}


def last_day(kind: ReminderKind, held_on: date, rules: Rules) -> date:
    """The last day on which so many calendar days still lie between it and the day of the meeting."""
    days = {"noticeDays": rules.notice_days, "paperDays": rules.paper_days}
    return held_on - timedelta(days=days[RULE_OF[kind]])


def last_day_sql(kind: ReminderKind, now: Any) -> Any:
    """The same for the row of `meeting` that a select reads, as an expression; null without rules in force."""
    days = cast(rule_sql(RULE_OF[kind], now, otherwise="0"), Integer)
    return type_coerce(col(Meeting.held_on) - days, Date)


def rule_sql(name: str, now: Any, *, otherwise: str) -> Any:
    """What a rule in force says, as text, for the row of `meeting` that a select reads; null without rules in force.

    Args:
        name: as the JSON of rules calls it.
        otherwise: what holds where the rules in force do not say.
    """
    terms = TermsOfReference
    return (
        select(func.coalesce(col(terms.rules)[name].astext, otherwise))
        .where(
            col(terms.tenant_id) == col(Meeting.tenant_id),
            col(terms.committee_id) == col(Meeting.committee_id),
            col(terms.in_force_at) <= now,
        )
        .order_by(col(terms.in_force_at).desc(), col(terms.number).desc())
        .limit(1)
        .correlate(Meeting)
        .scalar_subquery()
    )


def today_sql(tenant: Any, now: Any) -> Any:
    """The day of an instant in the tenant's time zone, as `read.today` has it."""
    found = select(cast(func.timezone(Tenant.time_zone, now), Date)).where(col(Tenant.id) == tenant)
    return found.scalar_subquery()


def reminded_at(due_on: date, zone: ZoneInfo) -> list[datetime]:
    """The instants at which people are reminded of a last day; clocks that are put forward or back change none."""
    days = (due_on - timedelta(days=before) for before in REMINDED_DAYS_BEFORE)
    return [datetime.combine(day, REMINDED_AT, zone) for day in days]
