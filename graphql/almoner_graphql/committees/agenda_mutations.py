"""Writing agendas and papers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

from almoner.committees import tables
from almoner.committees.agenda_items import add_agenda_item, change_agenda_item, withdraw_agenda_item
from almoner.committees.file_paper import file_paper, withdraw_paper
from almoner.committees.other_business import declare_other_business
from almoner.committees.write_paper import write_paper
from almoner.core.ids import row_id_of
from almoner.core.scope import TenantScope
from almoner_graphql.authorization.arguments import subject_of
from almoner_graphql.committees.enums import AgendaAction, AgendaFormat, AgendaSection
from almoner_graphql.committees.meeting_payloads import AgendaItemPayload, PaperPayload
from almoner_graphql.committees.paper_inputs import CoverSheetInput, changes_of
from almoner_graphql.context import Context, Info
from almoner_graphql.fields import mutation
from almoner_graphql.planner.executor import reading
from almoner_graphql.problems import attempt

MeetingId = Annotated[strawberry.ID, strawberry.argument(description="The meeting's id.")]
ItemId = Annotated[strawberry.ID, strawberry.argument(description="The item's id.")]
PaperId = Annotated[strawberry.ID, strawberry.argument(description="The paper's id.")]
Section = Annotated[AgendaSection, strawberry.argument(description="Where it stands.")]
Title = Annotated[str, strawberry.argument(description="What it is about: at most 500 characters.")]
Owner = Annotated[str, strawberry.argument(description="Who brings it: at most 200 characters.")]
Action = Annotated[AgendaAction, strawberry.argument(description="What the committee is to do with it.")]
Format = Annotated[AgendaFormat, strawberry.argument(description="How it is brought.")]
Minutes = Annotated[
    int | None, strawberry.argument(description="How long it may take: 1 to 1440 minutes; null: nothing.")
]
Matter = Annotated[
    str | None,
    strawberry.argument(description="A code that the committee's rules may keep for public meetings; null for none."),
]
IsPrivate = Annotated[bool, strawberry.argument(description="It is never published.")]
MinutesOf = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="The id of an earlier meeting whose minutes bring it, without a paper."),
]
ReviewsActions = Annotated[
    bool, strawberry.argument(description="The meeting's action matrix brings it, without a paper.")
]
Carries = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="The id of an item of an earlier meeting whose open recommendations it brings back."
    ),
]
Position = Annotated[
    int | None,
    strawberry.argument(description="From 1, within the meeting, and within its section; the others move."),
]
StaysSection = Annotated[AgendaSection | None, strawberry.argument(description="Another section: at its end.")]
StaysTitle = Annotated[str | None, strawberry.argument(description="Another title.")]
StaysOwner = Annotated[str | None, strawberry.argument(description="Who else brings it.")]
StaysAction = Annotated[AgendaAction | None, strawberry.argument(description="What else is to be done with it.")]
StaysFormat = Annotated[AgendaFormat | None, strawberry.argument(description="How else it is brought.")]
StaysReview = Annotated[bool | None, strawberry.argument(description="Whether the action matrix brings it.")]
StaysPrivate = Annotated[bool | None, strawberry.argument(description="Whether it is never published.")]


@strawberry.type(description="Mutations of agendas and papers.")
class AgendaMutations:
    """Part of `Mutation`."""

    @mutation(
        description=(
            "Put an item on an agenda that is not published: at the end of its section if no position is given. "
            "Numbers follow the order. Needs `agenda_item:write`."
        )
    )
    async def add_agenda_item(
        self,
        info: Info,
        *,
        meeting: MeetingId,
        section: Section,
        title: Title,
        owner: Owner,
        action: Action,
        format: Format,
        minutes_allotted: Minutes = None,
        matter: Matter = None,
        is_private: IsPrivate = False,
        minutes_of: MinutesOf = None,
        reviews_actions: ReviewsActions = False,
        carries: Carries = None,
        position: Position = None,
    ) -> AgendaItemPayload:
        async def add(scope: TenantScope) -> tables.AgendaItem:
            return await add_agenda_item(
                scope,
                row_id_of("Meeting", meeting),
                section=section,
                title=title,
                owner=owner,
                action=action,
                format=format,
                minutes_allotted=minutes_allotted,
                matter=matter,
                is_private=is_private,
                minutes_of_id=None if minutes_of is None else row_id_of("Meeting", minutes_of),
                reviews_actions=reviews_actions,
                carries_id=None if carries is None else row_id_of("AgendaItem", carries),
                position=position,
            )

        return await _item(info.context, add)

    @mutation(
        description=(
            "Change an item of an agenda that is not published. What is not given stays; null means the same, but for "
            "`minutesAllotted`, `matter`, `minutesOf` and `carries`, which it takes away. Needs `agenda_item:write`."
        )
    )
    async def change_agenda_item(
        self,
        info: Info,
        *,
        id: ItemId,
        section: StaysSection = None,
        title: StaysTitle = None,
        owner: StaysOwner = None,
        action: StaysAction = None,
        format: StaysFormat = None,
        minutes_allotted: Minutes = strawberry.UNSET,
        matter: Matter = strawberry.UNSET,
        is_private: StaysPrivate = None,
        minutes_of: MinutesOf = strawberry.UNSET,
        reviews_actions: StaysReview = None,
        carries: Carries = strawberry.UNSET,
        position: Position = None,
    ) -> AgendaItemPayload:
        never_null = {
            "section": section,
            "title": title,
            "owner": owner,
            "action": action,
            "format": format,
            "is_private": is_private,
            "reviews_actions": reviews_actions,
        }
        optional = {"minutes_allotted": minutes_allotted, "matter": matter}
        changes: dict[str, Any] = {name: value for name, value in never_null.items() if value is not None}
        changes |= {name: value for name, value in optional.items() if value is not strawberry.UNSET}

        async def change(scope: TenantScope) -> tables.AgendaItem:
            if minutes_of is not strawberry.UNSET:
                changes["minutes_of_id"] = None if minutes_of is None else row_id_of("Meeting", minutes_of)
            if carries is not strawberry.UNSET:
                changes["carries_id"] = None if carries is None else row_id_of("AgendaItem", carries)
            return await change_agenda_item(scope, row_id_of("AgendaItem", id), position=position, **changes)

        return await _item(info.context, change)

    @mutation(
        description=("Take an item, with its papers, off an agenda that is not published. Needs `agenda_item:write`.")
    )
    async def withdraw_agenda_item(self, info: Info, id: ItemId) -> AgendaItemPayload:
        async def withdraw(scope: TenantScope) -> tables.AgendaItem:
            return await withdraw_agenda_item(scope, row_id_of("AgendaItem", id))

        return await _item(info.context, withdraw)

    @mutation(
        description=(
            "Declare any other business at the start of a meeting in session: before its first vote, decision or "
            "declared conflict. Needs `agenda_item:write`."
        )
    )
    async def declare_other_business(
        self, info: Info, meeting: MeetingId, title: Title, owner: Owner, minutes_allotted: Minutes = None
    ) -> AgendaItemPayload:
        async def declare(scope: TenantScope) -> tables.AgendaItem:
            return await declare_other_business(
                scope, row_id_of("Meeting", meeting), title=title, owner=owner, minutes_allotted=minutes_allotted
            )

        return await _item(info.context, declare)

    @mutation(description="Ask somebody for a paper for an item; they see it from then on. Needs `paper:file`.")
    async def file_paper(
        self,
        info: Info,
        item: ItemId,
        author: Annotated[strawberry.ID, strawberry.argument(description="Who writes it, as in `viewer`.")],
        title: Title,
    ) -> PaperPayload:
        async def file(scope: TenantScope) -> tables.Paper:
            item_id, author_id = row_id_of("AgendaItem", item), subject_of(author)
            return await file_paper(scope, item_id, author_id=author_id, title=title)

        return await _paper(info.context, file)

    @mutation(
        description=(
            "Write what is given of a paper's cover sheet, until the agenda is published; what is not given stays. "
            "Needs `paper:write`."
        )
    )
    async def write_paper(
        self,
        info: Info,
        id: PaperId,
        cover: Annotated[CoverSheetInput, strawberry.argument(description="What to write.")],
    ) -> PaperPayload:
        async def write(scope: TenantScope) -> tables.Paper:
            return await write_paper(scope, row_id_of("Paper", id), changes_of(cover))

        return await _paper(info.context, write)

    @mutation(description="Take a paper off its item, until the agenda is published. Needs `paper:file`.")
    async def withdraw_paper(self, info: Info, id: PaperId) -> PaperPayload:
        async def withdraw(scope: TenantScope) -> tables.Paper:
            return await withdraw_paper(scope, row_id_of("Paper", id))

        return await _paper(info.context, withdraw)


async def _item(context: Context, verb: Callable[[TenantScope], Awaitable[tables.AgendaItem]]) -> AgendaItemPayload:
    row, problems = await attempt(context, verb)
    if row is None:
        return AgendaItemPayload(agenda_item=None, problems=problems)
    return reading(AgendaItemPayload, agenda_item=row.id)


async def _paper(context: Context, verb: Callable[[TenantScope], Awaitable[tables.Paper]]) -> PaperPayload:
    row, problems = await attempt(context, verb)
    if row is None:
        return PaperPayload(paper=None, problems=problems)
    return reading(PaperPayload, paper=row.id)
