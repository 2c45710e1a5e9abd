"""Who can sign in, how they prove it, and what a sign-in leaves behind.

No column holds a secret that would be of use to who reads it: passwords and machines' secrets stand as argon2id
hashes, random tokens and recovery codes as SHA-256 (nobody guesses 80 bits and more), and what must be read again is
sealed with the operator's keys (`sealing.py`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from almoner.core.tables import TenantTable, belongs_to, instant, tenant_table


class Account(TenantTable, table=True):
    """A person's account; the e-mail address is kept in lower case.

    Without a password it waits for its invitation to be taken up, or signs in by an identity provider only.
    It can sign in up to and with the day `recertify_by`. The sponsor answers for the person beside the administrators.
    `created_at` is null for what was made before this was kept; so is `last_signed_in_at` until somebody signs in.
    """

    __tablename__ = "account"
    __table_args__ = tenant_table(
        belongs_to("sponsor_id", "account"),
        UniqueConstraint("tenant_id", "email"),
        Index(None, "tenant_id", "sponsor_id", "id"),
        Index(None, "tenant_id", "disabled_at", "id"),
        Index(None, "tenant_id", "recertify_by", "id"),
    )
    assigned_to: ClassVar[str | None] = "sponsor_id"

    email: str
    name: str
    password_hash: str | None = None
    sponsor_id: UUID | None = None
    recertify_by: date
    created_at: datetime | None = instant(nullable=True)
    last_signed_in_at: datetime | None = instant(nullable=True)
    disabled_at: datetime | None = instant(nullable=True)


class ServiceAccount(TenantTable, table=True):
    """A machine's account; a secret is shown once, when it is made, and kept hashed.

    After a rotation the former secret is good until `former_until`, so that clients can change over.
    """

    __tablename__ = "service_account"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "name"))

    name: str
    secret_hash: str
    former_secret_hash: str | None = None
    former_until: datetime | None = instant(nullable=True)
    created_at: datetime | None = instant(nullable=True)
    last_signed_in_at: datetime | None = instant(nullable=True)
    disabled_at: datetime | None = instant(nullable=True)


class SignInGuard(TenantTable, table=True):
    """Failures to sign in, in a row. Its id is the account's, or that of one of the decoys for unknown addresses."""

    __tablename__ = "sign_in_guard"
    __table_args__ = tenant_table()

    failures: int
    locked_until: datetime | None = instant(nullable=True)


class AccountToken(TenantTable, table=True):
    """An invitation or a reset: good once, until it ends or a newer one is made, to set a password with."""

    __tablename__ = "account_token"
    __table_args__ = tenant_table(
        belongs_to("account_id", "account"),
        UniqueConstraint("tenant_id", "token_hash"),
        Index(None, "tenant_id", "account_id"),
        Index(None, "tenant_id", "expires_at"),
    )

    account_id: UUID
    kind: str
    token_hash: str
    expires_at: datetime = instant()
    used_at: datetime | None = instant(nullable=True)


class Authenticator(TenantTable, table=True):
    """A person's TOTP device (RFC 6238). `last_step` is the newest 30-second step whose code was taken."""

    __tablename__ = "authenticator"
    __table_args__ = tenant_table(belongs_to("account_id", "account"), UniqueConstraint("tenant_id", "account_id"))

    account_id: UUID
    sealed_secret: str
    last_step: int | None = None
    confirmed_at: datetime | None = instant(nullable=True)
    removed_at: datetime | None = instant(nullable=True)


class RecoveryCode(TenantTable, table=True):
    """A code that stands in once for a device that was lost."""

    __tablename__ = "recovery_code"
    __table_args__ = tenant_table(belongs_to("account_id", "account"), UniqueConstraint("tenant_id", "code_hash"))

    account_id: UUID
    code_hash: str
    used_at: datetime | None = instant(nullable=True)


class SignInSession(TenantTable, table=True):
    """What begins with a sign-in: the family of its refresh tokens, and of all access tokens that they give.

    `subject_id` is an account or a service account, as `subject_kind` says. `proved_at` and `factors` tell when and how
    the subject last proved who it is (`core.scope.Proof`). `begun_at` is null for those from before this was kept.
    """

    __tablename__ = "sign_in_session"
    __table_args__ = tenant_table(
        Index(None, "tenant_id", "subject_id", "id"), Index(None, "tenant_id", "expires_at", "id")
    )
    assigned_to: ClassVar[str | None] = "subject_id"

    subject_id: UUID
    subject_kind: str
    proved_at: datetime = instant()
    factors: list[str] = Field(sa_type=JSONB)
    begun_at: datetime | None = instant(nullable=True)
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(nullable=True)


class RefreshToken(TenantTable, table=True):
    """One of a session's refresh tokens. The one without `used_at` is good; any other that comes again was stolen."""

    __tablename__ = "refresh_token"
    __table_args__ = tenant_table(
        belongs_to("session_id", "sign_in_session"),
        UniqueConstraint("tenant_id", "token_hash"),
        Index(None, "tenant_id", "session_id"),
    )

    session_id: UUID
    token_hash: str
    used_at: datetime | None = instant(nullable=True)


class IdentityProvider(TenantTable, table=True):
    """An OpenID provider of the tenant's.

    `first_login` is `LINK` (an account with the verified address must be there) or `CREATE` (one is made). An ID token
    whose `acr` is among `strong_acr` stands for two factors.
    """

    __tablename__ = "identity_provider"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "code"))

    code: str
    issuer: str
    client_id: str
    sealed_client_secret: str
    redirect_uri: str
    first_login: str
    strong_acr: list[str] = Field(sa_type=JSONB)
    disabled_at: datetime | None = instant(nullable=True)


class ExternalIdentity(TenantTable, table=True):
    """Whom a provider means: its (issuer, sub) stands for an account."""

    __tablename__ = "external_identity"
    __table_args__ = tenant_table(
        belongs_to("account_id", "account"),
        UniqueConstraint("tenant_id", "issuer", "subject"),
        Index(None, "tenant_id", "account_id"),
    )

    account_id: UUID
    issuer: str
    subject: str


class ProviderSignIn(TenantTable, table=True):
    """A sign-in at a provider whose browser came back: its state is used up.

    Beginning one leaves no row, since everybody may; what is needed later travels in the state itself, sealed.
    """

    __tablename__ = "provider_sign_in"
    __table_args__ = tenant_table(
        belongs_to("provider_id", "identity_provider"),
        UniqueConstraint("tenant_id", "state_hash"),
        Index(None, "tenant_id", "used_at"),
    )

    provider_id: UUID
    state_hash: str
    used_at: datetime = instant()
