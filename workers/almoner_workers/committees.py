"""Actors of the committees slice."""

from __future__ import annotations

from datetime import date

from almoner.committees.reminders import REMIND, remind
from almoner.committees.terms import SETTLE_TERMS, settle_terms_due
from almoner.committees.words import ReminderKind
from almoner.core.scope import TenantScope
from almoner.jobs.lease import Lease
from almoner_workers.runtime import Report, Work

QUEUE = "committees"


async def remind_of_a_last_day(scope: TenantScope, lease: Lease, _report: Report) -> None:
    """Remind those who have not done yet what the job names."""
    due_on = date.fromisoformat(lease.parameters["due_on"])
    await remind(scope, lease.subject_id, ReminderKind(lease.parameters["reminder"]), due_on)


async def settle_the_terms_of_a_committee(scope: TenantScope, lease: Lease, _report: Report) -> None:
    """Bring into force what all bodies have approved that a committee is made of from this day on."""
    await settle_terms_due(scope, lease.subject_id)


WORK: dict[str, Work] = {REMIND: remind_of_a_last_day, SETTLE_TERMS: settle_the_terms_of_a_committee}
