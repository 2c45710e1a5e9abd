"""What a committee is to others: it reports to them, advises them, is scrutinised by them."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select

from almoner.committees.changeable import changeable, changeable_part
from almoner.committees.tables import CommitteeRelation
from almoner.committees.words import CommitteeRelationKind
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.organizations.read import get_organization


async def relate_committee(
    scope: TenantScope, committee_id: UUID, *, kind: CommitteeRelationKind, other_id: UUID
) -> CommitteeRelation:
    """Say what a committee is to another organization.

    Raises:
        NotFound: no such committee or organization that the viewer may see.
        Denied: the viewer lacks `committee:change`.
        Invalid: it is the committee itself.
        Conflict: that is said already.
    """
    await changeable(scope, committee_id)
    if other_id == committee_id:
        raise Invalid([Problem("RELATED_TO_ITSELF", "Name another organization.", ("other",))])
    await get_organization(scope, other_id)
    query = select(CommitteeRelation.id).where(
        col(CommitteeRelation.tenant_id) == scope.tenant_id,
        col(CommitteeRelation.committee_id) == committee_id,
        col(CommitteeRelation.kind) == kind,
        col(CommitteeRelation.other_id) == other_id,
        col(CommitteeRelation.ended_at).is_(None),
    )
    if (await scope.session.execute(query)).first() is not None:
        raise Conflict("The committee is that to this organization already.", code="RELATION_EXISTS")
    relation = CommitteeRelation(tenant_id=scope.tenant_id, committee_id=committee_id, kind=kind, other_id=other_id)
    scope.session.add(relation)
    await scope.session.flush()
    scope.record("committee.related", relation, kind=kind, committee=str(committee_id), other=str(other_id))
    return relation


async def end_committee_relation(scope: TenantScope, relation_id: UUID) -> CommitteeRelation:
    """Say that it is so no more.

    Raises:
        NotFound: no such relation that the viewer may see.
        Denied: the viewer lacks `committee:change`.
        Conflict: it has ended already.
    """
    relation = await changeable_part(scope, CommitteeRelation, relation_id)
    if relation.ended_at is not None:
        raise Conflict("This relation has ended already.", code="RELATION_ENDED")
    relation.ended_at = scope.now()
    scope.record("committee.relation_ended", relation, kind=relation.kind, committee=str(relation.committee_id))
    return relation
