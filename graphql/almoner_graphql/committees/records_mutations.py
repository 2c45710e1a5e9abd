"""Minutes, actions and reminders: what is done with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Concatenate, ParamSpec
from uuid import UUID

import strawberry

from almoner.committees import tables
from almoner.committees.actions import NewAction, raise_action, report_action
from almoner.committees.amend_minutes import amend_minutes
from almoner.committees.approve_minutes import approve_minutes
from almoner.committees.minutes import circulate_minutes, draft_minutes, write_minutes_entry
from almoner.committees.reminders import mark_reminder_seen
from almoner.core.errors import Invalid, NotFound, Problem
from almoner.core.ids import row_id_of, split_global_id
from almoner.core.scope import TenantScope
from almoner_graphql.committees.enums import ActionStatus
from almoner_graphql.committees.records_payloads import (
    ActionPayload,
    MinutesEntryPayload,
    MinutesPayload,
    ReminderPayload,
)
from almoner_graphql.context import Context, Info
from almoner_graphql.fields import mutation
from almoner_graphql.planner.executor import reading
from almoner_graphql.problems import attempt
from almoner_graphql.scalars import day

P = ParamSpec("P")
MinutesId = Annotated[strawberry.ID, strawberry.argument(description="The id of the minutes.")]
EntryId = Annotated[strawberry.ID, strawberry.argument(description="The paragraph's id.")]
Text = Annotated[str, strawberry.argument(description="What is to stand there: at most 20,000 characters.")]


@strawberry.input(description="What somebody is to do.")
class RaiseActionInput:
    """See `almoner.committees.actions.raise_action`."""

    subject: str = strawberry.field(description="What is to be done: at most 2,000 characters.")
    owner: str = strawberry.field(description="Who is to do it, as minutes name them: at most 200 characters.")
    due_on: date = strawberry.field(description="The last day for it: that of the meeting or a later one.")
    item: strawberry.ID | None = strawberry.field(
        default=None, description="The agenda item that it comes of; its number is in the reference."
    )
    owner_account: strawberry.ID | None = strawberry.field(
        default=None, description="The owner's account, if there is one: it is then among that one's tasks."
    )


@strawberry.type(description="Mutations of minutes, actions and reminders.")
class RecordMutations:
    """Part of `Mutation`."""

    @mutation(description="Draft the minutes of a meeting that is closed from its records. Needs `minutes:write`.")
    async def draft_minutes(
        self,
        info: Info,
        meeting: Annotated[strawberry.ID, strawberry.argument(description="The meeting's id.")],
        anew: Annotated[
            bool,
            strawberry.argument(
                description="Once more, for what was recorded since they were drafted; what was written by hand stays."
            ),
        ] = False,
    ) -> MinutesPayload:
        return await _minutes(info.context, "Meeting", meeting, draft_minutes, anew=anew)

    @mutation(description="Write a paragraph of drafted minutes anew. Needs `minutes:write`.")
    async def write_minutes_entry(self, info: Info, id: EntryId, text: Text) -> MinutesEntryPayload:
        return await _entry(info.context, id, write_minutes_entry, text=text)

    @mutation(description="Circulate drafted minutes to those who attended. Needs `minutes:write`.")
    async def circulate_minutes(self, info: Info, id: MinutesId) -> MinutesPayload:
        return await _minutes(info.context, "Minutes", id, circulate_minutes)

    @mutation(
        description=(
            "Amend a paragraph of circulated minutes; the change is kept. Needs `minutes:amend` and to have attended, "
            "or `minutes:write`."
        )
    )
    async def amend_minutes(
        self,
        info: Info,
        entry: EntryId,
        text: Text,
        reason: Annotated[str, strawberry.argument(description="Why; it is kept.")],
    ) -> MinutesEntryPayload:
        return await _entry(info.context, entry, amend_minutes, text=text, reason=reason)

    @mutation(
        description=(
            "Declare that a later meeting of the committee, in session and quorate, has approved minutes. They are "
            "frozen then, and published if their meeting was public. Needs `minutes:approve`."
        )
    )
    async def approve_minutes(
        self,
        info: Info,
        id: MinutesId,
        meeting: Annotated[strawberry.ID, strawberry.argument(description="The id of the meeting that approves them.")],
    ) -> MinutesPayload:
        async def approve(scope: TenantScope, minutes_id: UUID) -> tables.Minutes:
            return await approve_minutes(scope, minutes_id, row_id_of("Meeting", meeting))

        return await _minutes(info.context, "Minutes", id, approve)

    @mutation(
        description=(
            "Raise an action, in session or until the minutes of the meeting are approved. Needs `action:raise`."
        )
    )
    async def raise_action(
        self,
        info: Info,
        meeting: Annotated[strawberry.ID, strawberry.argument(description="The id of the meeting that raises it.")],
        input: Annotated[RaiseActionInput, strawberry.argument(description="The action.")],
    ) -> ActionPayload:
        async def raise_it(scope: TenantScope, meeting_id: UUID) -> tables.Action:
            given = NewAction(
                subject=input.subject,
                owner=input.owner,
                due_on=day(input.due_on, "input", "dueOn"),
                item_id=None if input.item is None else _item(input.item),
                owner_id=None if input.owner_account is None else _account(input.owner_account),
            )
            return await raise_action(scope, meeting_id, given)

        return await _action(info.context, "Meeting", meeting, raise_it)

    @mutation(
        description=(
            "Report about an action, and close it with the status DONE or DROPPED; a closed one stays closed. Needs "
            "`action:report`: owners have it for theirs."
        )
    )
    async def report_action(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The action's id.")],
        text: Annotated[str, strawberry.argument(description="What there is to report: at most 2,000 characters.")],
        status: Annotated[ActionStatus, strawberry.argument(description="Where it stands now.")],
    ) -> ActionPayload:
        return await _action(info.context, "Action", id, report_action, text=text, status=status)

    @mutation(description="Say that a reminder of one's own was seen.")
    async def mark_reminder_seen(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The reminder's id.")]
    ) -> ReminderPayload:
        async def mark(scope: TenantScope) -> tables.Reminder:
            return await mark_reminder_seen(scope, row_id_of("Reminder", id))

        row, problems = await attempt(info.context, mark)
        if row is None:
            return ReminderPayload(reminder=None, problems=problems)
        return reading(ReminderPayload, reminder=row.id)


def _item(text: str) -> UUID:
    """An item's row id.

    Raises:
        Invalid: it is none.
    """
    try:
        return row_id_of("AgendaItem", text)
    except NotFound:
        message = "Name an item of this meeting's agenda."
        raise Invalid([Problem("UNKNOWN_ITEM", message, ("input", "item"))]) from None


def _account(text: str) -> UUID:
    """The row id of an account, which `viewer` calls a subject.

    Raises:
        Invalid: it is none.
    """
    try:
        kind, found = split_global_id(text)
        if kind in ("Account", "Subject"):
            return found
    except NotFound:
        pass
    raise Invalid([Problem("UNKNOWN_SUBJECT", "There is no such account.", ("input", "ownerAccount"))])


async def _minutes(
    context: Context,
    kind: str,
    id_: str,
    verb: Callable[Concatenate[TenantScope, UUID, P], Awaitable[tables.Minutes]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> MinutesPayload:
    async def act(scope: TenantScope) -> tables.Minutes:
        return await verb(scope, row_id_of(kind, id_), *args, **kwargs)

    row, problems = await attempt(context, act)
    return MinutesPayload(minutes=None, problems=problems) if row is None else reading(MinutesPayload, minutes=row.id)


async def _entry(
    context: Context,
    id_: str,
    verb: Callable[Concatenate[TenantScope, UUID, P], Awaitable[tables.MinutesEntry]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> MinutesEntryPayload:
    async def act(scope: TenantScope) -> tables.MinutesEntry:
        return await verb(scope, row_id_of("MinutesEntry", id_), *args, **kwargs)

    row, problems = await attempt(context, act)
    return (
        MinutesEntryPayload(entry=None, problems=problems)
        if row is None
        else reading(MinutesEntryPayload, entry=row.id)
    )


async def _action(
    context: Context,
    kind: str,
    id_: str,
    verb: Callable[Concatenate[TenantScope, UUID, P], Awaitable[tables.Action]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> ActionPayload:
    async def act(scope: TenantScope) -> tables.Action:
        return await verb(scope, row_id_of(kind, id_), *args, **kwargs)

    row, problems = await attempt(context, act)
    return ActionPayload(action=None, problems=problems) if row is None else reading(ActionPayload, action=row.id)
