"""The journal in the schema."""

from __future__ import annotations

import json
from datetime import datetime

import strawberry
from sqlalchemy import Text, case, cast, func
from sqlalchemy.sql.elements import literal_column

from almoner.journal import tables
from almoner_graphql.context import Info
from almoner_graphql.fields import resolved
from almoner_graphql.node import Node, load_node, node_id
from almoner_graphql.planner.declare import AnyNode, Many, Value, members, reads
from almoner_graphql.planner.values import global_id


@reads(
    name=Value(lambda item: item.key),
    value=Value(
        lambda item: case(
            (func.jsonb_typeof(item.value) == "string", item.value.op("#>>")(literal_column("'{}'"))),
            else_=cast(item.value, Text),
        )
    ),
)
@strawberry.type(description="A named value of a journal entry.")
class JournalDetail:
    """One member of the entry's detail."""

    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value; what is no text is written as JSON.")


@reads(
    tables.JournalEntry,
    view="journal_entry:view",
    actor=Value(lambda entry: global_id("Subject", entry.actor_id)),
    detail=Many(members(lambda entry: entry.detail)),
    subject=AnyNode("subject_type", "subject_id"),
)
@strawberry.type(description="Somebody did something to something, in a request, under a policy. Never changed.")
class JournalEntry:
    """Built from a row of `journal_entry`."""

    row: strawberry.Private[tables.JournalEntry]
    id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")
    at: datetime = strawberry.field(description="When.")
    actor: strawberry.ID = strawberry.field(description="Who: the `id` of that account's `viewer`.")
    actor_kind: str = strawberry.field(description="`account`, `service_account`, `worker` or `operator`.")
    action: str = strawberry.field(description="What was done, for example `rate_development.certified`.")
    subject_type: str = strawberry.field(description="The type of what it was done to.")
    request_id: str = strawberry.field(description="The request in which it was done.")
    policy_version: str = strawberry.field(description="The policy that allowed it.")
    detail: list[JournalDetail] = strawberry.field(description="What else is known about it.")

    @resolved(description="What it was done to; null if the viewer may not see it or it is nothing to look at.")
    async def subject(self, info: Info) -> Node | None:
        return await load_node(info.context, self.row.subject_type, self.row.subject_id)

    @classmethod
    def of(cls, row: tables.JournalEntry) -> JournalEntry:
        """The entry in a row."""
        return cls(
            row=row,
            id=node_id("JournalEntry", row.id),
            at=row.at,
            actor=node_id("Subject", row.actor_id),
            actor_kind=row.actor_kind,
            action=row.action,
            subject_type=row.subject_type,
            request_id=row.request_id,
            policy_version=row.policy_version,
            detail=[JournalDetail(name=name, value=_text(value)) for name, value in row.detail.items()],
        )


def _text(value: object) -> str:
    # Spaced as PostgreSQL writes jsonb.
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
