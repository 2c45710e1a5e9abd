"""What organizations, assignments, invitations and emergencies are, over all rows of one tenant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.planner.oracle.engine import Call, Fields, utc
from tests.planner.oracle.lists import Sorted, connection, filtered, instant, row_id

from almoner.authorization.tables import BreakGlass, Invitation, RoleAssignment
from almoner.core.ids import global_id
from almoner.organizations.tables import Organization

VIEW: dict[type[Any], str] = {
    Organization: "organization:view",
    RoleAssignment: "role_assignment:view",
    Invitation: "role_assignment:view",
    BreakGlass: "break_glass:view",
}
TABLES: tuple[type[Any], ...] = tuple(VIEW)
Ordered = Callable[[str, Call, dict[str, str]], Sorted]


def is_seen(call: Call, permission: str, row: Any) -> bool:
    """Whether the viewer holds the permission for a row, or it is the viewer's own."""
    return bool(call.asker.allows(permission, row)) or is_own(call.asker.viewer.subject_id, row)


def is_own(me: Any, row: Any) -> bool:
    """What everybody sees of roles: what they hold, have delegated, took, and whom they invited."""
    if isinstance(row, RoleAssignment):
        return me == row.subject_id or (row.kind == "DELEGATED" and me == row.assigned_by)
    if isinstance(row, Invitation):
        return bool(me == row.invited_by)
    return isinstance(row, BreakGlass) and bool(me == row.subject_id)


def fields(world: Any, ordered: Ordered) -> Fields:
    """Every field that is no column of the same name."""

    def seen(call: Call, table: type[Any]) -> list[Any]:
        return [row for row in world.rows[table] if is_seen(call, VIEW[table], row)]

    def assignments(call: Call, rows: list[Any]) -> Any:
        read: dict[str, Any] = {name: _read(name) for name in ("role", "kind")}
        read |= {"subject": (_read("subject_id"), row_id), "organization": (_read("organization_id"), row_id)}
        rows = filtered(rows, call.arguments.get("filter"), {**read, "state": lambda row: _state(world, row)})
        order = ordered("RoleAssignment", call, {"VALID_FROM": "valid_from"})
        return connection("RoleAssignment", rows, order, call.arguments)

    def invitations(call: Call) -> Any:
        read: dict[str, Any] = {name: _read(name) for name in ("email", "role")}
        read |= {"organization": (_read("organization_id"), row_id), "expiresAt": (_read("expires_at"), instant)}
        rows = filtered(seen(call, Invitation), call.arguments.get("filter"), {**read, "state": _invitation_state})
        order = ordered("Invitation", call, {"EXPIRES_AT": "expires_at"})
        return connection("Invitation", rows, order, call.arguments)

    def emergencies(call: Call) -> Any:
        read: dict[str, Any] = {"subject": (_read("subject_id"), row_id), "reviewedAt": (_read("reviewed_at"), instant)}
        rows = filtered(seen(call, BreakGlass), call.arguments.get("filter"), read)
        return connection("BreakGlass", rows, ordered("BreakGlass", call, {}), call.arguments)

    def organizations(call: Call) -> Any:
        read: dict[str, Any] = {name: _read(name) for name in ("kind", "code", "name")}
        read |= {"closedAt": (_read("closed_at"), instant)}
        rows = filtered(seen(call, Organization), call.arguments.get("filter"), read)
        named = call.arguments.get("orderBy") is not None
        order = ordered("Organization", call, {"NAME": "name"}) if named else Sorted("Organization", [_read("code")])
        return connection("Organization", rows, order, call.arguments)

    def own(call: Call) -> Any:
        me = call.asker.viewer.subject_id
        return assignments(call, [row for row in world.rows[RoleAssignment] if row.subject_id == me])

    return {
        "Query.organizations": organizations,
        "Query.roleAssignments": lambda call: assignments(call, seen(call, RoleAssignment)),
        "Query.invitations": invitations,
        "Query.breakGlasses": emergencies,
        "Viewer.assignments": own,
        **_of_types(world),
    }


def _of_types(world: Any) -> Fields:
    def related(table: type[Any], column: str) -> Callable[[Call], Any]:
        def find(call: Call) -> Any:
            row = world.find(table, getattr(call.row, column))
            return row if row is not None and is_seen(call, VIEW[table], row) else None

        return find

    return {
        **_subjects("RoleAssignment", subject="subject_id", assignedBy="assigned_by", endedBy="ended_by"),
        **_subjects("Invitation", invitedBy="invited_by"),
        **_subjects("BreakGlass", subject="subject_id", reviewedBy="reviewed_by"),
        "RoleAssignment.organization": related(Organization, "organization_id"),
        "RoleAssignment.source": related(RoleAssignment, "source_id"),
        "RoleAssignment.state": lambda call: _state(world, call.row),
        "Invitation.organization": related(Organization, "organization_id"),
        "Invitation.assignment": related(RoleAssignment, "assignment_id"),
        "Invitation.state": lambda call: _invitation_state(call.row),
        "BreakGlass.assignment": related(RoleAssignment, "assignment_id"),
    }


def _read(name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row, name)


def _subjects(type_: str, **columns: str) -> Fields:
    def read(column: str) -> Callable[[Call], Any]:
        def subject(call: Call) -> Any:
            found = getattr(call.row, column)
            return None if found is None else global_id("Subject", found)

        return subject

    return {f"{type_}.{name}": read(column) for name, column in columns.items()}


def _state(world: Any, row: Any) -> str:
    now = datetime.now(UTC)
    source = world.find(RoleAssignment, row.source_id) if row.source_id else None
    if _is_over(row, now) or (source is not None and _is_over(source, now)):
        return "OVER"
    return "UPCOMING" if utc(row.valid_from) > now else "HELD"


def _is_over(row: Any, now: datetime) -> bool:
    return row.ended_at is not None or (row.valid_until is not None and utc(row.valid_until) <= now)


def _invitation_state(row: Any) -> str:
    if row.taken_up_at is not None:
        return "TAKEN_UP"
    if row.withdrawn_at is not None:
        return "WITHDRAWN"
    return "EXPIRED" if utc(row.expires_at) <= datetime.now(UTC) else "OPEN"
