"""What the policy commands do on the database itself. Imported late, as `local` is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import yaml

from almoner.authorization.assertions import ask, binding_assertions, sentence
from almoner.authorization.authorizer import policy_of
from almoner.authorization.change import apply_policy_change, preview_policy_change
from almoner.authorization.document import KINDS, Item, PolicyDocument, difference, item_from_json, item_to_json
from almoner.authorization.explain import Explanation, Ground, explain_access
from almoner.authorization.permissions import Permission
from almoner.authorization.policy import Policy, built_in_policy
from almoner.authorization.read import policy_difference, policy_document
from almoner.cli import local
from almoner.core.errors import Invalid, NotFound, Problem
from almoner.core.scope import TenantScope
from almoner.identity.sign_in import find_identity
from almoner.organizations.read import find_organization
from almoner.tenancy.create_tenant import get_tenant
from almoner.wiring import House

Result = TypeVar("Result")
#: What an exported policy has for each kind of item.
SECTIONS = {kind: f"{kind}s" for kind in KINDS}


def _as_account(code: str, account: str, work: Callable[[TenantScope], Awaitable[Result]]) -> Result:
    """Run work in one transaction of a tenant, with the rights of an account."""

    async def run(house: House) -> Result:
        async with house.database.global_transaction() as session:
            tenant = await get_tenant(session, code)
        async with house.database.tenant_transaction(tenant.id) as session:
            identity = await find_identity(session, tenant.id, account)
        if identity is None:
            raise NotFound(f"{code} has no account {account}.")
        async with house.scope(identity, "cli-policy") as scope:
            return await work(scope)

    return local.on_the_database(run)


def answers(tenant: str | None, account: str) -> list[dict[str, Any]]:
    """Every assertion of a tenant's policy, or of the built-in one, and whether it is kept."""
    if tenant is None:
        return _answers(built_in_policy())

    async def of_tenant(scope: TenantScope) -> list[dict[str, Any]]:
        scope.require(Permission.POLICY_VIEW)
        return _answers(policy_of(scope))

    return _as_account(tenant, account, of_tenant)


def _answers(policy: Policy) -> list[dict[str, Any]]:
    found = [ask(policy, each) for each in binding_assertions(policy)]
    return [
        {
            "assertion": sentence(each.assertion),
            "why": each.assertion.comment,
            "kept": each.kept,
            "allowed": each.allowed,
        }
        for each in found
    ]


def explanation(tenant: str, asker: str, subject: str, permission: str, organization: str | None) -> dict[str, Any]:
    """Why an account may or may not."""

    async def explain(scope: TenantScope) -> dict[str, Any]:
        identity = await find_identity(scope.session, scope.tenant_id, subject)
        if identity is None:
            raise NotFound(f"{tenant} has no account {subject}.")
        row = await find_organization(scope, organization) if organization else None
        found = await explain_access(
            scope, identity.subject_id, permission, row, view=Permission.ORGANIZATION_VIEW if row else None
        )
        return _explained(found)

    return _as_account(tenant, asker, explain)


def _explained(found: Explanation) -> dict[str, Any]:
    return {
        "allowed": found.allowed,
        "permission": found.permission,
        "policyVersion": found.policy_version,
        "because": [_ground(each) for each in found.because],
        "nearest": [_ground(each) for each in found.nearest],
        "otherRoles": list(found.other_roles),
    }


def _ground(ground: Ground) -> dict[str, Any]:
    return {
        "role": ground.role,
        "kind": ground.assignment_kind,
        "organizationId": str(ground.organization_id) if ground.organization_id else None,
        "validUntil": ground.valid_until.isoformat() if ground.valid_until else None,
        "grant": ground.grant._asdict(),
        "says": ground.says,
    }


def changes_between(tenant: str, account: str, before: int, after: int) -> list[dict[str, Any]]:
    """What leads from one version to another."""
    found = _as_account(tenant, account, lambda scope: policy_difference(scope, before, after))
    return [change.to_json() for change in found]


def exported(tenant: str, account: str, version: int | None) -> dict[str, Any]:
    """A tenant's own items, by section."""
    document = _as_account(tenant, account, lambda scope: policy_document(scope, version))
    found: dict[str, Any] = {section: [] for section in SECTIONS.values()}
    for item in document.items.values():
        content = item_to_json(item)
        found[SECTIONS[content.pop("kind")]].append(content)
    return found


def as_yaml(found: dict[str, Any]) -> str:
    """The same as text."""
    return str(yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=120))


def parse(text: str) -> PolicyDocument:
    """The items in an exported policy.

    Raises:
        Invalid: it is none.
    """
    try:
        found = yaml.safe_load(text) or {}
        unknown = set(found) - set(SECTIONS.values())
        items: list[Item] = [
            item_from_json({"kind": kind, **content})
            for kind in SECTIONS
            for content in found.get(SECTIONS[kind]) or ()
        ]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise _bad_file(f"This is not a policy: {type(error).__name__}.") from error
    if unknown:
        raise _bad_file(f"This is not a policy: it has {', '.join(sorted(map(str, unknown)))}.")
    return PolicyDocument.of(items)


def _bad_file(message: str) -> Invalid:
    return Invalid([Problem("BAD_POLICY_FILE", message, ("file",))])


def imported(tenant: str, account: str, text: str, *, reason: str, dry_run: bool) -> dict[str, Any]:
    """Preview what makes the text the tenant's policy, and apply it unless it is a dry run."""

    async def run(scope: TenantScope) -> dict[str, Any]:
        there = await policy_document(scope)
        preview = await preview_policy_change(scope, [*difference(there, parse(text))])
        version = None if dry_run else await apply_policy_change(scope, preview.id, reason=reason)
        return {
            "changes": [change.to_json() for change in preview.changes],
            "effects": [
                {
                    "subject": str(each.subject_id),
                    "permission": each.permission,
                    "gained": sorted(each.gained),
                    "lost": sorted(each.lost),
                }
                for each in preview.effects
            ],
            "version": version.number if version else None,
        }

    return _as_account(tenant, account, run)
