"""Where delegations stand now, which no column says, in SQL; `almoner.committees.delegation.state_of` is its twin."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Date, and_, case, cast, func, literal, or_, select

from almoner.committees import tables
from almoner.committees.status import DelegationState
from almoner.tenancy.tables import Tenant
from almoner_graphql.planner.filters import States
from almoner_graphql.planner.sources import NOW, TENANT, Given, Row, Rows, TableRow, rows_of
from almoner_graphql.planner.values import constant

_TENANT = Tenant.__table__.alias("whose_day")  # type: ignore[attr-defined]
#: The day of the request, in the tenant's time zone.
TODAY: Any = cast(func.timezone(select(_TENANT.c.time_zone).where(_TENANT.c.id == TENANT).scalar_subquery(), NOW), Date)


def delegation_states(adoption: Row) -> States:
    """When an adoption is in which `DelegationState`, as SQL."""
    is_withdrawn = adoption.withdrawn_at.is_not(None)
    has_ended = and_(adoption.ends_on.is_not(None), adoption.ends_on <= TODAY)
    lasts = or_(adoption.ends_on.is_(None), adoption.ends_on > TODAY)
    return States(
        {
            DelegationState.WITHDRAWN: is_withdrawn,
            DelegationState.EXPIRED: and_(~is_withdrawn, has_ended),
            DelegationState.IN_FORCE: and_(~is_withdrawn, lasts, adoption.begins_on <= TODAY),
            DelegationState.PROPOSED: and_(~is_withdrawn, lasts, adoption.begins_on > TODAY),
        }
    )


class _Standing:
    """A member body beside an item of the register, as a row: what is read inside may look at both."""

    def __init__(self, member: Row, item: Row) -> None:
        self.tenant_id, self.body_id, self.item_id = member.tenant_id, member.body_id, item.id
        self.aliases = (member.alias, item.alias)


def member_bodies_of(item: Row, name: str, _given: Given) -> Rows:
    """The bodies that the committee of an item is made of now, each beside the item."""
    member: Row = TableRow.of(tables.CommitteeBody, name)
    where = (
        member.tenant_id == item.tenant_id,
        member.committee_id == item.committee_id,
        member.since_on <= TODAY,
        or_(member.until_on.is_(None), member.until_on > TODAY),
    )
    return Rows(_Standing(member, item), member.alias, where, (member.since_on, member.id))


def latest_adoption(standing: Row, name: str, given: Given) -> Rows:
    """The adoption that says where a body stands: the one in force, or the last one recorded."""

    def is_its(parent: Row, adoption: Row) -> Any:
        return (adoption.item_id == parent.item_id, adoption.body_id == parent.body_id)

    def latest(adoption: Row) -> Any:
        is_in_force = delegation_states(adoption).conditions[DelegationState.IN_FORCE]
        return case((is_in_force, 0), else_=1)

    found = rows_of(tables.DelegationAdoption, is_its)(standing, name, given)
    order = (latest(found.row), found.row.adopted_at.desc(), found.row.id.desc())
    return Rows(found.row, found.from_, found.where, order, 1)


def refusals_that_stand(standing: Row, name: str, given: Given) -> Rows:
    """The last refusal of a body, unless it has adopted since; `delegation.refusal_that_stands` is its twin."""

    def is_its(parent: Row, refusal: Row) -> Any:
        adoption: Row = TableRow.of(tables.DelegationAdoption, f"{name}_since")
        states = delegation_states(adoption).conditions
        lives = or_(states[DelegationState.IN_FORCE], states[DelegationState.PROPOSED])
        since = select(literal(1)).where(
            adoption.tenant_id == parent.tenant_id,
            adoption.item_id == parent.item_id,
            adoption.body_id == parent.body_id,
            or_(lives, adoption.adopted_at > refusal.declined_at),
        )
        adopted = since.correlate(*parent.aliases, refusal.alias).exists()
        return (refusal.item_id == parent.item_id, refusal.body_id == parent.body_id, ~adopted)

    found = rows_of(tables.DelegationRefusal, is_its)(standing, name, given)
    return Rows(found.row, found.from_, found.where, (found.row.declined_at.desc(), found.row.id.desc()), 1)


def state_at_body(standing: Row) -> Any:
    """Where an item stands at a body: declined, or where its adoption does; proposed without one."""
    adoption: Row = TableRow.of(tables.DelegationAdoption, "that_counts")
    found = latest_adoption(standing, "that_counts", {})
    conditions = delegation_states(adoption).conditions.items()
    states = case(*((condition, constant(state.name)) for state, condition in conditions))
    chosen = select(states).select_from(found.from_).where(*found.where).order_by(*found.order).limit(1)
    refused = refusals_that_stand(standing, "that_stands", {})
    declined = select(constant(DelegationState.DECLINED.name)).select_from(refused.from_).where(*refused.where).limit(1)
    by_adoption = func.coalesce(
        chosen.correlate(*standing.aliases).scalar_subquery(), constant(DelegationState.PROPOSED.name)
    )
    return func.coalesce(declined.correlate(*standing.aliases).scalar_subquery(), by_adoption)
