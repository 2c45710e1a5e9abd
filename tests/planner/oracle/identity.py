"""What the fields of accounts, sessions and the viewer are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from tests.planner.oracle.engine import Call, Fields, utc
from tests.planner.oracle.lists import Sorted, asks_for_a_span, connection, filtered, instant, row_id
from tests.planner.oracle.seen import by, found_by_id, seen, visible

from almoner.authorization.permissions import Permission
from almoner.core.ids import global_id
from almoner.identity.tables import (
    Account,
    Authenticator,
    IdentityProvider,
    ServiceAccount,
    SignInGuard,
    SignInSession,
)

TABLES = (Account, ServiceAccount, SignInSession, IdentityProvider, Authenticator, SignInGuard)


def identity_fields(world: Any) -> Fields:
    """Every field that is no column of the same name."""
    return {**_queries(world), **_accounts(world), **_sessions(world), **_viewer(world)}


def _queries(world: Any) -> Fields:
    return {
        "Query.viewer": lambda call: call.asker.viewer,
        "Query.account": lambda call: found_by_id(world, call, Account),
        "Query.accounts": lambda call: _account_page(world, call),
        "Query.serviceAccounts": lambda call: connection(
            "ServiceAccount", seen(world, call, ServiceAccount), Sorted("ServiceAccount", [by("name")]), call.arguments
        ),
        "Query.sessions": lambda call: _session_page(call, seen(world, call, SignInSession)),
        "Query.identityProviders": lambda call: sorted(seen(world, call, IdentityProvider), key=by("code")),
    }


def _account_page(world: Any, call: Call) -> Any:
    read = {
        "email": by("email"),
        "disabledAt": (by("disabled_at"), instant),
        "recertifyBy": (by("recertify_by"), date.fromisoformat),
        "sponsor": (by("sponsor_id"), row_id),
    }
    rows = filtered(seen(world, call, Account), call.arguments.get("filter"), read)
    asked, order = call.arguments.get("orderBy"), Sorted("Account", [by("email")])
    if asked is not None:
        column, descending = asked.rpartition("_")[0].lower(), asked.endswith("_DESC")
        order = Sorted(f"Account by {'-' if descending else ''}{column}", [by(column), by("id")], descending)
    return connection("Account", rows, order, call.arguments)


def _session_page(call: Call, rows: list[Any]) -> Any:
    read = {"subject": (by("subject_id"), row_id), "expiresAt": (by("expires_at"), instant)}
    order = Sorted("Session", [by("id")], descending=True)
    if asks_for_a_span(call, "expiresAt"):
        order = Sorted("Session by -expires_at", [by("expires_at"), by("id")], descending=True)
    return connection("Session", filtered(rows, call.arguments.get("filter"), read), order, call.arguments)


def _accounts(world: Any) -> Fields:
    def has_authenticator(call: Call) -> bool:
        devices = [row for row in world.rows[Authenticator] if row.account_id == call.row.id]
        return any(row.confirmed_at is not None and row.removed_at is None for row in devices)

    def locked_until(call: Call) -> Any:
        guard = world.find(SignInGuard, call.row.id)
        until = guard and guard.locked_until
        return until if until is not None and utc(until) > datetime.now(UTC) else None

    def sessions(call: Call) -> Any:
        rows = seen(world, call, SignInSession)
        return _session_page(call, [row for row in rows if row.subject_id == call.row.id])

    both: Fields = {
        "subject": lambda call: global_id("Subject", call.row.id),
        "sessions": sessions,
    }
    return {
        **{f"{type_}.{name}": read for type_ in ("Account", "ServiceAccount") for name, read in both.items()},
        "Account.hasAuthenticator": has_authenticator,
        "Account.lockedUntil": locked_until,
        "Account.sponsor": lambda call: visible(world, call, Account, call.row.sponsor_id),
        "ServiceAccount.clientId": lambda call: f"{world.tenant.code}.{call.row.id}",
    }


def _sessions(world: Any) -> Fields:
    def is_on(call: Call) -> bool:
        return call.row.revoked_at is None and utc(call.row.expires_at) > datetime.now(UTC)

    return {
        "Session.subject": lambda call: global_id("Subject", call.row.subject_id),
        "Session.active": is_on,
        "Session.account": lambda call: visible(world, call, Account, call.row.subject_id),
        "Session.serviceAccount": lambda call: visible(world, call, ServiceAccount, call.row.subject_id),
    }


def _viewer(world: Any) -> Fields:
    def sessions(call: Call) -> Any:
        rows = world.rows[SignInSession]
        return _session_page(call, [row for row in rows if row.subject_id == call.row.subject_id])

    return {
        "Viewer.id": lambda call: global_id("Subject", call.row.subject_id),
        "Viewer.roles": lambda call: sorted(call.row.roles),
        "Viewer.permissions": lambda call: sorted(str(one) for one in Permission if call.asker.allows(one)),
        "Viewer.tenant": lambda _call: world.tenant,
        "Viewer.account": lambda call: visible(world, call, Account, call.row.subject_id),
        "Viewer.serviceAccount": lambda call: visible(world, call, ServiceAccount, call.row.subject_id),
        "Viewer.sessions": sessions,
    }
