"""Holding a committee while a verb changes what it is made of."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.committees.read import get_committee
from almoner.committees.tables import Committee, CommitteeBody, CommitteeRelation, Exclusion, Seat
from almoner.core.errors import NotFound
from almoner.core.scope import TenantScope

Part = TypeVar("Part", CommitteeBody, CommitteeRelation, Exclusion, Seat)


async def changeable(scope: TenantScope, committee_id: UUID) -> Committee:
    """A committee that the viewer may change, and that nobody else changes until the transaction ends.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks `committee:change` for it.
    """
    committee = await get_committee(scope, committee_id, lock=True)
    scope.require(Permission.COMMITTEE_CHANGE, committee)
    return committee


async def changeable_part(scope: TenantScope, table: type[Part], part_id: UUID) -> Part:
    """A part of such a committee.

    Raises:
        NotFound: there is none, or none of a committee that the viewer may see.
        Denied: the viewer lacks `committee:change` for the committee.
    """
    found = await scope.find(table, part_id)
    if found is None:
        raise NotFound("There is nothing with this id.")
    await changeable(scope, found.committee_id)
    # Whoever changes a part has held the committee: only now is it as it is.
    return await scope.get(table, part_id, Permission.COMMITTEE_CHANGE, lock=True)
