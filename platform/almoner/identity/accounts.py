"""Making accounts."""

from __future__ import annotations

import re
from uuid import UUID

from almoner.core.adding import add_if_missing
from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import is_blank
from almoner.identity.password_rules import password_problems
from almoner.identity.passwords import hash_secret
from almoner.identity.recertification import a_year_after
from almoner.identity.tables import Account
from almoner.tenancy.read import local_today

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")


async def create_account(
    scope: TenantScope, *, email: str, name: str, password: str, sponsor_id: UUID | None = None
) -> Account:
    """Make a person's account with a password, which must be recertified within a year.

    Raises:
        Denied: the viewer lacks `account:create`.
        Invalid: no e-mail address, a blank name, or a password that will not do (`password_rules.py`).
        Conflict: the address has an account in this tenant.
    """
    scope.require("account:create")
    problems = [*name_problems(email, name), *password_problems(password, email=email, name=name)]
    if problems:
        raise Invalid(problems)
    account = await add_account(scope, email=email, name=name, sponsor_id=sponsor_id)
    account.password_hash = await hash_secret(password)
    scope.record("account.created", account)
    return account


def name_problems(email: str, name: str) -> list[Problem]:
    """What is wrong with an address and a name."""
    problems = []
    if not _EMAIL.fullmatch(email.strip().lower()):
        problems.append(Problem("BAD_EMAIL", "Give an e-mail address.", ("email",)))
    if is_blank(name):
        problems.append(Problem("NAME_MISSING", "Give the person's name.", ("name",)))
    return problems


async def add_account(scope: TenantScope, *, email: str, name: str, sponsor_id: UUID | None) -> Account:
    """Add the row of an account that cannot sign in yet; who calls this has authorized it and records it.

    Raises:
        Conflict: the address has an account in this tenant.
    """
    planned = Account(
        tenant_id=scope.tenant_id,
        email=email.strip().lower(),
        name=name.strip(),
        sponsor_id=sponsor_id,
        recertify_by=a_year_after(await local_today(scope)),
        created_at=scope.now(),
    )
    account = await add_if_missing(scope.session, planned, "email")
    if account is None:
        raise Conflict("This address has an account already.", code="ACCOUNT_EXISTS", path=("email",))
    return account
