"""Admitting an organization."""

from __future__ import annotations

import re

from almoner.authorization.document import OrganizationKind
from almoner.authorization.permissions import Permission
from almoner.core.adding import add_if_missing
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank
from almoner.organizations.tables import Organization

MAX_NAME = 200
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,39}")


async def create_organization(scope: TenantScope, *, kind: str, code: str, name: str) -> Organization:
    """Admit an organization.

    Raises:
        Denied: the viewer lacks `organization:create`.
        Invalid: an unknown kind, a bad code, or a name that is blank or too long.
        Conflict: the code is taken.
    """
    scope.require(Permission.ORGANIZATION_CREATE)
    problems = []
    if kind not in tuple(OrganizationKind):
        kinds = ", ".join(OrganizationKind)
        problems.append(Problem("UNKNOWN_ORGANIZATION_KIND", f"An organization is one of {kinds}.", ("kind",)))
    if not CODE.fullmatch(code):
        message = "An organization's code is 2 to 40 letters, digits and -, a letter or digit first."
        problems.append(Problem("BAD_ORGANIZATION_CODE", message, ("code",)))
    problems += name_problems(name)
    if problems:
        raise Invalid(problems)
    planned = Organization(tenant_id=scope.tenant_id, kind=kind, code=code, name=name.strip())
    organization = await add_if_missing(scope.session, planned, "code")
    if organization is None:
        raise Conflict(f"There is an organization {code} already.", code="ORGANIZATION_EXISTS", path=("code",))
    scope.record("organization.created", organization, kind=kind, code=code)
    return organization


def name_problems(name: str) -> list[Problem]:
    """What is wrong with an organization's name."""
    if is_blank(name):
        return [Problem("NAME_MISSING", "Give the organization's name.", ("name",))]
    if len(name.strip()) > MAX_NAME:
        return [Problem("TEXT_TOO_LONG", f"An organization's name has at most {MAX_NAME} characters.", ("name",))]
    return []
