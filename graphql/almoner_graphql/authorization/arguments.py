"""What mutations of roles are given: whom, where, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from almoner.core.errors import NotFound
from almoner.core.ids import new_id, row_id_of
from almoner.core.scope import TenantScope
from almoner.organizations.keep import keep_organization
from almoner.organizations.tables import Organization
from almoner_graphql.planner.declare import row_id
from almoner_graphql.scalars import instant

Subject = Annotated[
    strawberry.ID,
    strawberry.argument(description="Whom: the id of an account or a service account, or the `id` of its `viewer`."),
]
Role = Annotated[str, strawberry.argument(description="The role's name, for example `actuary`.")]
Reason = Annotated[str, strawberry.argument(description="Why; it is kept.")]
Place = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="The organization at which the role is held; null for the whole agency."),
]

_ANY_SUBJECT = row_id("Subject", "Account", "ServiceAccount")


def subject_of(id_: str) -> UUID:
    """The row id of an account or a service account; for a broken id one of nothing, so that both answer alike."""
    return _ANY_SUBJECT(id_) or new_id()


async def place_of(scope: TenantScope, id_: str | None) -> Organization | None:
    """The organization with that id, kept open until the transaction ends.

    Raises:
        NotFound: none that the viewer may see.
    """
    if id_ is None:
        return None
    try:
        return await keep_organization(scope, row_id_of("Organization", id_))
    except NotFound as error:
        raise NotFound(str(error), path=("organization",)) from None


def maybe_instant(value: datetime | None, name: str) -> datetime | None:
    """The instant that was sent, if one was.

    Raises:
        Invalid: it is none.
    """
    return None if value is None else instant(value, name)
