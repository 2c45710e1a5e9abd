"""The journal in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry
from sqlalchemy import Text, case, cast, func

from almoner.journal import tables
from almoner_graphql.node import Node
from almoner_graphql.planner.declare import any_of, computed, many, reads
from almoner_graphql.planner.sources import members, text_of
from almoner_graphql.planner.values import global_id


@reads()
@strawberry.type(description="A named value of a journal entry.")
class JournalDetail:
    """One member of the entry's detail."""

    name: str = computed(lambda item: item.key, always=True, description="Its name.")
    value: str = computed(
        lambda item: case(
            (func.jsonb_typeof(item.value) == "string", text_of(item.value)), else_=cast(item.value, Text)
        ),
        always=True,  # a member of a JSON object has a value, and null is written as a text too
        description="Its value; what is no text is written as JSON.",
    )


@reads(tables.JournalEntry, view="journal_entry:view")
@strawberry.type(description="Somebody did something to something, in a request, under a policy. Never changed.")
class JournalEntry:
    """Read from `journal_entry`."""

    id: strawberry.ID = strawberry.field(description="Opaque, and the same for good.")
    at: datetime = strawberry.field(description="When.")
    actor: strawberry.ID = computed(
        lambda entry: global_id("Subject", entry.actor_id),
        description="Who: the `id` of that account's `viewer`.",
    )
    actor_kind: str = strawberry.field(description="`account`, `service_account`, `worker` or `operator`.")
    action: str = strawberry.field(description="What was done, for example `rate_development.certified`.")
    subject_type: str = strawberry.field(description="The type of what it was done to.")
    request_id: str = strawberry.field(description="The request in which it was done.")
    policy_version: str = strawberry.field(description="The policy that allowed it.")
    detail: list[JournalDetail] = many(members(lambda entry: entry.detail), description="What else is known about it.")
    subject: Node | None = any_of(
        "subject_type",
        "subject_id",
        description="What it was done to; null if the viewer may not see it or it is nothing to look at.",
    )
