"""Sign-ins: sessions, refresh tokens, lock-out, invitations, second factors, rotation, recertification, providers."""

from __future__ import annotations

from alembic import op

from almoner_migrations.isolation import isolate

revision = "20261121_06"
down_revision = "20261121_05"
branch_labels = None
depends_on = None

# Accounts that are there already are to be recertified within a year from now. A default that goes again, for an update
# would find nothing: row-level security holds for the owner too.
ACCOUNTS = """
alter table almoner.account
    alter password_hash drop not null,
    add sponsor_id uuid,
    add recertify_by date not null default current_date + 365,
    add constraint account_tenant_id_sponsor_id_fkey foreign key (tenant_id, sponsor_id)
        references almoner.account (tenant_id, id);
alter table almoner.account alter recertify_by drop default;
alter table almoner.service_account
    add former_secret_hash varchar,
    add former_until timestamptz;
"""

SIGN_IN_GUARD = """
create table almoner.sign_in_guard (
    tenant_id uuid not null,
    id uuid not null,
    failures integer not null,
    locked_until timestamptz,
    constraint sign_in_guard_pkey primary key (tenant_id, id),
    constraint sign_in_guard_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

ONE_TIME = """
create table almoner.account_token (
    tenant_id uuid not null,
    id uuid not null,
    account_id uuid not null,
    kind varchar not null,
    token_hash varchar not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint account_token_pkey primary key (tenant_id, id),
    constraint account_token_tenant_id_account_id_fkey foreign key (tenant_id, account_id)
        references almoner.account (tenant_id, id),
    constraint account_token_tenant_id_token_hash_key unique (tenant_id, token_hash),
    constraint account_token_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index account_token_tenant_id_account_id_idx on almoner.account_token (tenant_id, account_id);
"""

AUTHENTICATOR = """
create table almoner.authenticator (
    tenant_id uuid not null,
    id uuid not null,
    account_id uuid not null,
    sealed_secret varchar not null,
    last_step integer,
    confirmed_at timestamptz,
    removed_at timestamptz,
    constraint authenticator_pkey primary key (tenant_id, id),
    constraint authenticator_tenant_id_account_id_fkey foreign key (tenant_id, account_id)
        references almoner.account (tenant_id, id),
    constraint authenticator_tenant_id_account_id_key unique (tenant_id, account_id),
    constraint authenticator_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

RECOVERY_CODE = """
create table almoner.recovery_code (
    tenant_id uuid not null,
    id uuid not null,
    account_id uuid not null,
    code_hash varchar not null,
    used_at timestamptz,
    constraint recovery_code_pkey primary key (tenant_id, id),
    constraint recovery_code_tenant_id_account_id_fkey foreign key (tenant_id, account_id)
        references almoner.account (tenant_id, id),
    constraint recovery_code_tenant_id_code_hash_key unique (tenant_id, code_hash),
    constraint recovery_code_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

SIGN_IN_SESSION = """
create table almoner.sign_in_session (
    tenant_id uuid not null,
    id uuid not null,
    subject_id uuid not null,
    subject_kind varchar not null,
    proved_at timestamptz not null,
    factors jsonb not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    constraint sign_in_session_pkey primary key (tenant_id, id),
    constraint sign_in_session_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index sign_in_session_tenant_id_subject_id_idx on almoner.sign_in_session (tenant_id, subject_id);
"""

REFRESH = """
create table almoner.refresh_token (
    tenant_id uuid not null,
    id uuid not null,
    session_id uuid not null,
    token_hash varchar not null,
    used_at timestamptz,
    constraint refresh_token_pkey primary key (tenant_id, id),
    constraint refresh_token_tenant_id_session_id_fkey foreign key (tenant_id, session_id)
        references almoner.sign_in_session (tenant_id, id),
    constraint refresh_token_tenant_id_token_hash_key unique (tenant_id, token_hash),
    constraint refresh_token_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index refresh_token_tenant_id_session_id_idx on almoner.refresh_token (tenant_id, session_id);
"""

IDENTITY_PROVIDER = """
create table almoner.identity_provider (
    tenant_id uuid not null,
    id uuid not null,
    code varchar not null,
    issuer varchar not null,
    client_id varchar not null,
    sealed_client_secret varchar not null,
    redirect_uri varchar not null,
    first_login varchar not null,
    strong_acr jsonb not null,
    disabled_at timestamptz,
    constraint identity_provider_pkey primary key (tenant_id, id),
    constraint identity_provider_tenant_id_code_key unique (tenant_id, code),
    constraint identity_provider_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""

EXTERNAL_IDENTITY = """
create table almoner.external_identity (
    tenant_id uuid not null,
    id uuid not null,
    account_id uuid not null,
    issuer varchar not null,
    subject varchar not null,
    constraint external_identity_pkey primary key (tenant_id, id),
    constraint external_identity_tenant_id_account_id_fkey foreign key (tenant_id, account_id)
        references almoner.account (tenant_id, id),
    constraint external_identity_tenant_id_issuer_subject_key unique (tenant_id, issuer, subject),
    constraint external_identity_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
create index external_identity_tenant_id_account_id_idx on almoner.external_identity (tenant_id, account_id);
"""

PROVIDER_SIGN_IN = """
create table almoner.provider_sign_in (
    tenant_id uuid not null,
    id uuid not null,
    provider_id uuid not null,
    state_hash varchar not null,
    used_at timestamptz not null,
    constraint provider_sign_in_pkey primary key (tenant_id, id),
    constraint provider_sign_in_tenant_id_provider_id_fkey foreign key (tenant_id, provider_id)
        references almoner.identity_provider (tenant_id, id),
    constraint provider_sign_in_tenant_id_state_hash_key unique (tenant_id, state_hash),
    constraint provider_sign_in_tenant_id_fkey foreign key (tenant_id)
        references almoner.tenant (id)
);
"""


def upgrade() -> None:
    op.execute(ACCOUNTS)
    op.execute(SIGN_IN_GUARD)
    isolate("sign_in_guard")
    op.execute(ONE_TIME)
    isolate("account_token")
    op.execute(AUTHENTICATOR)
    isolate("authenticator")
    op.execute(RECOVERY_CODE)
    isolate("recovery_code")
    op.execute(SIGN_IN_SESSION)
    isolate("sign_in_session")
    op.execute(REFRESH)
    isolate("refresh_token")
    op.execute(IDENTITY_PROVIDER)
    isolate("identity_provider")
    op.execute(EXTERNAL_IDENTITY)
    isolate("external_identity")
    op.execute(PROVIDER_SIGN_IN)
    isolate("provider_sign_in")
