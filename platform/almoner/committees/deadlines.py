"""The last days on which something may be done before a meeting: one definition in Python, and the same in SQL.

They follow from the rules in force now, which are data of the terms of reference; without any, there is no last day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Integer, case, cast, func, select, type_coerce
from sqlmodel import col

from almoner.committees.rules import Rules
from almoner.committees.tables import Meeting, TermsOfReference
from almoner.committees.words import ReminderKind
from almoner.tenancy.tables import Tenant

#: People are reminded so many days before a last day, at this time of it, by the tenant's clocks.
REMINDED_DAYS_BEFORE = (7, 1)
REMINDED_AT = time(9)


def days_before(kind: ReminderKind, rules: Rules, *, is_public: bool) -> int:
    """How many calendar days the rules want between something and a meeting, which is public or not."""
    if kind != ReminderKind.NOTICE_DUE:
        return rules.paper_days
    return rules.notice_days if is_public or rules.private_notice_days is None else rules.private_notice_days


def last_day(kind: ReminderKind, held_on: date, rules: Rules, *, is_public: bool) -> date:
    """The last day on which so many calendar days still lie between it and the day of the meeting."""
    return held_on - timedelta(days=days_before(kind, rules, is_public=is_public))


def last_day_sql(kind: ReminderKind, now: Any) -> Any:
    """The same for the row of `meeting` that a select reads, as an expression; null without rules in force."""
    days = rule_sql("noticeDays" if kind == ReminderKind.NOTICE_DUE else "paperDays", now, otherwise="0")
    if kind == ReminderKind.NOTICE_DUE:
        private = func.coalesce(rule_sql("privateNoticeDays", now, otherwise=None), days)
        days = case((col(Meeting.is_public), days), else_=private)
    return type_coerce(col(Meeting.held_on) - cast(days, Integer), Date)


def rule_sql(name: str, now: Any, *, otherwise: str | None) -> Any:
    """What a rule in force says, as text, for the row of `meeting` that a select reads; null without rules in force.

    Args:
        name: as the JSON of rules calls it.
        otherwise: what holds where the rules in force do not say; None: null does.
    """
    terms = TermsOfReference
    said = col(terms.rules)[name].astext
    return (
        select(said if otherwise is None else func.coalesce(said, otherwise))
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
