"""Who sees which rows, and things by their ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.planner.oracle import committees, roles
from tests.planner.oracle.engine import Call, Thing

from almoner.authorization.tables import PolicyVersion
from almoner.core.errors import NotFound
from almoner.core.ids import split_global_id
from almoner.identity.tables import Account, IdentityProvider, ServiceAccount, SignInSession
from almoner.jobs.tables import Job
from almoner.rates.tables import RateDevelopment, RateFigure, RateRevision

#: The tables that have things with ids, and the permission to view them.
VIEW: dict[Any, str] = {
    RateDevelopment: "rate_development:view",
    Job: "job:view",
    Account: "account:view",
    ServiceAccount: "service_account:view",
    SignInSession: "session:view",
    IdentityProvider: "identity_provider:view",
    PolicyVersion: "policy:view",
    **roles.VIEW,
    **committees.VIEW,
}
_OWN: dict[Any, str] = {Account: "id", ServiceAccount: "id", SignInSession: "subject_id"}
_NAMES = {SignInSession: "Session"}
NODES = (*VIEW, RateFigure, *committees.SEEN_OTHERWISE)


def by(name: str) -> Callable[[Any], Any]:
    """Reads an attribute."""
    return lambda row: getattr(row, name)


def type_of(table: type[Any]) -> str:
    """What the API calls the things of a table."""
    return _NAMES.get(table, table.__name__)


def sees(call: Call, row: Any, permission: str) -> bool:
    """Whether the viewer sees a row: by the permission, or because it is the viewer's own."""
    return is_own(call.asker.viewer.subject_id, row) or call.asker.allows(permission, row)


def is_own(me: UUID, row: Any) -> bool:
    """Whether a row is somebody's own, which needs no permission to be seen."""
    own = _OWN.get(type(row))
    return roles.is_own(me, row) if own is None else bool(getattr(row, own) == me)


def seen(world: Any, call: Call, table: type[Any], permission: str | None = None) -> list[Any]:
    """The rows that the viewer sees."""
    return [row for row in world.rows[table] if sees(call, row, permission or VIEW[table])]


def visible(world: Any, call: Call, table: type[Any], wanted: Any) -> Thing | None:
    """The thing with a row's id, if the viewer sees it."""
    row = world.find(table, wanted)
    if row is None:
        return None
    if table in committees.SEEN_OTHERWISE:
        return Thing(type_of(table), row) if committees.is_found(world, call, row) else None
    if table in committees.VIEW:
        return Thing(type_of(table), row) if committees.sees(world, call, row) else None
    owner = row
    if table is RateFigure:
        revision = world.find(RateRevision, row.revision_id)
        owner = world.find(RateDevelopment, revision.development_id)
    return Thing(type_of(table), row) if sees(call, owner, VIEW[type(owner)]) else None


def found_by_id(world: Any, call: Call, *tables: type[Any]) -> Thing | None:
    """The thing with the global id that is asked for."""
    try:
        name, wanted = split_global_id(call.arguments["id"])
    except NotFound:
        return None
    fitting = [each for each in tables if name == type_of(each) or (name == "Subject" and _OWN.get(each) == "id")]
    return next((thing for each in fitting if (thing := visible(world, call, each, wanted))), None)
