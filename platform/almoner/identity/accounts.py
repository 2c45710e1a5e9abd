"""Making accounts and service accounts."""

from __future__ import annotations

import re
import secrets

from sqlmodel import col, select

from almoner.core.errors import Conflict, Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.identity.passwords import hash_secret
from almoner.identity.tables import Account, ServiceAccount

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
MIN_PASSWORD = 12


async def create_account(scope: TenantScope, *, email: str, name: str, password: str) -> Account:
    """Make a person's account.

    Raises:
        Denied: the viewer lacks `account:create`.
        Invalid: no e-mail address, a blank name, or a password shorter than 12 characters.
        Conflict: the address has an account in this tenant.
    """
    scope.require("account:create")
    problems = []
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        problems.append(Problem("BAD_EMAIL", "Give an e-mail address.", ("email",)))
    if not name.strip():
        problems.append(Problem("NAME_MISSING", "Give the person's name.", ("name",)))
    if len(password) < MIN_PASSWORD:
        problems.append(
            Problem("PASSWORD_TOO_SHORT", f"A password has at least {MIN_PASSWORD} characters.", ("password",))
        )
    if problems:
        raise Invalid(problems)
    there = select(Account.id).where(col(Account.tenant_id) == scope.tenant_id, col(Account.email) == email)
    if (await scope.session.execute(there)).first() is not None:
        raise Conflict("This address has an account already.", code="ACCOUNT_EXISTS", path=("email",))
    account = Account(
        tenant_id=scope.tenant_id, email=email, name=name.strip(), password_hash=await hash_secret(password)
    )
    scope.session.add(account)
    scope.record("account.created", account)
    return account


async def create_service_account(scope: TenantScope, *, name: str) -> tuple[ServiceAccount, str]:
    """Make a machine's account, and the secret that is shown this once.

    Raises:
        Denied: the viewer lacks `account:create`.
        Invalid: a blank name.
        Conflict: the name is taken in this tenant.
    """
    scope.require("account:create")
    if not name.strip():
        raise Invalid([Problem("NAME_MISSING", "Give the service account a name.", ("name",))])
    there = select(ServiceAccount.id).where(
        col(ServiceAccount.tenant_id) == scope.tenant_id, col(ServiceAccount.name) == name.strip()
    )
    if (await scope.session.execute(there)).first() is not None:
        raise Conflict("This name has a service account already.", code="ACCOUNT_EXISTS", path=("name",))
    secret = secrets.token_urlsafe(32)
    account = ServiceAccount(tenant_id=scope.tenant_id, name=name.strip(), secret_hash=await hash_secret(secret))
    scope.session.add(account)
    scope.record("service_account.created", account)
    return account, secret
