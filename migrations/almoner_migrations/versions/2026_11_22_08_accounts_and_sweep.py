"""When accounts, machines and sessions began; indexes for lists of them; removing what has been over for long."""

from __future__ import annotations

from alembic import op

revision = "20261122_08"
down_revision = "20261121_07"
branch_labels = None
depends_on = None

# Nobody wrote down when those that are there began: null says so.
BEGINNINGS = """
alter table almoner.account add created_at timestamptz, add last_signed_in_at timestamptz;
alter table almoner.service_account add created_at timestamptz, add last_signed_in_at timestamptz;
alter table almoner.sign_in_session add begun_at timestamptz;
"""

INDEXES = """
create index account_tenant_id_sponsor_id_id_idx on almoner.account (tenant_id, sponsor_id, id);
create index account_tenant_id_disabled_at_id_idx on almoner.account (tenant_id, disabled_at, id);
create index account_tenant_id_recertify_by_id_idx on almoner.account (tenant_id, recertify_by, id);
create index sign_in_session_tenant_id_subject_id_id_idx on almoner.sign_in_session (tenant_id, subject_id, id);
drop index almoner.sign_in_session_tenant_id_subject_id_idx;
create index sign_in_session_tenant_id_expires_at_id_idx on almoner.sign_in_session (tenant_id, expires_at, id);
create index account_token_tenant_id_expires_at_idx on almoner.account_token (tenant_id, expires_at);
create index provider_sign_in_tenant_id_used_at_idx on almoner.provider_sign_in (tenant_id, used_at);
"""

# What may be removed is said once, by policies for the owner, who sees nothing else of these tables: not even a faulty
# `sweep`, or one that is asked to keep nothing, reaches what has not been over for a day.
#
# * A session is over at the end that it had from the start; a revoked one stays that long. Its refresh tokens go with
#   it and never before it, for one that was used and comes again tells of a theft as long as the session lives.
# * A used state of a provider sign-in could come again for ten minutes; after that its own end refuses it.
# * A preview can be applied to no version but the one that it was made at: the next version ends it.
OVER = {
    "sign_in_session": "expires_at < now() - interval '1 day'",
    "refresh_token": """exists (
        select from almoner.sign_in_session session
        where session.tenant_id = refresh_token.tenant_id and session.id = refresh_token.session_id
            and session.expires_at < now() - interval '1 day'
    )""",
    "account_token": "expires_at < now() - interval '1 day'",
    "provider_sign_in": "used_at < now() - interval '1 day'",
    "policy_preview": """exists (
        select from almoner.policy_version next
        where next.tenant_id = policy_preview.tenant_id and next.number = policy_preview.base + 1
            and next.created_at < now() - interval '1 day'
    )""",
}

# Versions tell which previews are over; nothing is removed of them.
ENDED_OTHERS = "created_at < now() - interval '1 day'"

# The same for all tenants, so it runs as the owner, and gives away numbers only. Each tenant's rows are found by an
# index that begins with the tenant. Several may sweep at once: a row that another one holds is left to it.
SWEEP = """
create function almoner.sweep(keep interval, batch integer) returns table (swept varchar, removed bigint)
    language plpgsql security definer set search_path = almoner, pg_temp as $$
    declare
        over_since constant timestamptz := now() - keep;
    begin
        return query with these as (
            select each.tenant_id, each.id from tenant cross join lateral (
                select token.tenant_id, token.id from sign_in_session session
                join refresh_token token on token.tenant_id = session.tenant_id and token.session_id = session.id
                where session.tenant_id = tenant.id and session.expires_at < over_since
                order by session.expires_at limit batch for update of token skip locked
            ) each limit batch
        ), gone as (
            delete from refresh_token using these
            where refresh_token.tenant_id = these.tenant_id and refresh_token.id = these.id returning 1
        ) select varchar 'refresh_token', count(*) from gone;

        return query with these as (
            select each.tenant_id, each.id from tenant cross join lateral (
                select session.tenant_id, session.id from sign_in_session session
                where session.tenant_id = tenant.id and session.expires_at < over_since and not exists (
                    select from refresh_token token
                    where token.tenant_id = session.tenant_id and token.session_id = session.id
                )
                order by session.expires_at limit batch for update of session skip locked
            ) each limit batch
        ), gone as (
            delete from sign_in_session using these
            where sign_in_session.tenant_id = these.tenant_id and sign_in_session.id = these.id returning 1
        ) select varchar 'sign_in_session', count(*) from gone;

        return query with these as (
            select each.tenant_id, each.id from tenant cross join lateral (
                select token.tenant_id, token.id from account_token token
                where token.tenant_id = tenant.id and token.expires_at < over_since
                order by token.expires_at limit batch for update skip locked
            ) each limit batch
        ), gone as (
            delete from account_token using these
            where account_token.tenant_id = these.tenant_id and account_token.id = these.id returning 1
        ) select varchar 'account_token', count(*) from gone;

        return query with these as (
            select each.tenant_id, each.id from tenant cross join lateral (
                select done.tenant_id, done.id from provider_sign_in done
                where done.tenant_id = tenant.id and done.used_at < over_since
                order by done.used_at limit batch for update skip locked
            ) each limit batch
        ), gone as (
            delete from provider_sign_in using these
            where provider_sign_in.tenant_id = these.tenant_id and provider_sign_in.id = these.id returning 1
        ) select varchar 'provider_sign_in', count(*) from gone;

        return query with these as (
            select preview.tenant_id, preview.id from policy_preview preview
            join policy_version next on next.tenant_id = preview.tenant_id and next.number = preview.base + 1
            where next.created_at < over_since
            limit batch for update of preview skip locked
        ), gone as (
            delete from policy_preview using these
            where policy_preview.tenant_id = these.tenant_id and policy_preview.id = these.id returning 1
        ) select varchar 'policy_preview', count(*) from gone;
    end $$;

revoke all on function almoner.sweep from public;
grant execute on function almoner.sweep to almoner_app;
"""


def upgrade() -> None:
    """Columns, indexes, and the sweep with what it may reach."""
    op.execute(BEGINNINGS)
    op.execute(INDEXES)
    for table, over in OVER.items():
        op.execute(f"create policy sweep on almoner.{table} to almoner_owner using ({over}) with check (false)")
    op.execute(f"create policy sweep on almoner.policy_version for select to almoner_owner using ({ENDED_OTHERS})")
    op.execute(SWEEP)
