"""Policies, rights and roles in PostgreSQL, and how a transaction begins."""

from __future__ import annotations

from tests.mutants.place import CATALOGUE, FENCES, PGRLS, VERSIONS, Place

PLACES = [
    Place(
        "row security is forced",
        "migrations/almoner_migrations/isolation.py",
        "enable row level security, force row level security",
        "enable row level security",
        (CATALOGUE,),
    ),
    Place(
        "row security is enabled",
        "migrations/almoner_migrations/isolation.py",
        "enable row level security, force row level security",
        "force row level security",
        (PGRLS,),
    ),
    Place(
        "the policy's condition for reading",
        "migrations/almoner_migrations/isolation.py",
        '" using (tenant_id = (select almoner.current_tenant()))"',
        '" using (true)"',
        (PGRLS,),
    ),
    Place(
        "the policy's condition for writing",
        "migrations/almoner_migrations/isolation.py",
        '" with check (tenant_id = (select almoner.current_tenant()))"',
        '" with check (true)"',
        (PGRLS,),
    ),
    Place(
        "a missing tenant raises",
        f"{VERSIONS}/2026_11_21_01_tenancy_and_identity.py",
        "return current_setting('almoner.tenant_id')::uuid;",
        "return nullif(current_setting('almoner.tenant_id', true), '')::uuid;",
        (PGRLS,),
    ),
    Place(
        "the roles cannot bypass row security",
        "migrations/almoner_migrations/roles.py",
        "nosuperuser nocreatedb nocreaterole nobypassrls",
        "nosuperuser nocreatedb nocreaterole bypassrls",
        ("tests/architecture/test_migrations.py",),
    ),
    Place(
        "the journal cannot be rewritten",
        f"{VERSIONS}/2026_11_21_02_journal_and_jobs.py",
        'isolate("journal_entry", rights="select, insert")',
        'isolate("journal_entry")',
        ("tests/tenancy/test_tenant_isolation.py",),
    ),
    Place(
        "versions of a policy cannot be rewritten",
        f"{VERSIONS}/2026_11_21_07_authorization.py",
        'isolate("policy_version", rights="select, insert")',
        'isolate("policy_version")',
        (FENCES,),
    ),
    Place(
        "the relay sees jobs under way only",
        f"{VERSIONS}/2026_11_22_10_relay.py",
        "UNDER_WAY = \"state in ('QUEUED', 'RUNNING')\"",
        'UNDER_WAY = "true"',
        (PGRLS,),
    ),
    Place(
        "a verb's transaction takes the application's role",
        "platform/almoner/core/database.py",
        '{"role": APP_ROLE, "tenant": str(tenant_id)}',
        '{"role": "none", "tenant": str(tenant_id)}',
        (FENCES,),
    ),
    Place(
        "a read is the application's",
        "platform/almoner/core/database.py",
        'READING = {"role": APP_ROLE, ',
        "READING = {",
        (FENCES,),
    ),
    Place(
        "an answer that was read for somebody else is nobody's",
        "platform/almoner/core/database.py",
        'return entered == f"{tenant_id} {APP_ROLE}"',
        "return True",
        (FENCES,),
    ),
    Place(
        "a read cannot write",
        "platform/almoner/core/database.py",
        '"default_transaction_read_only": "on"',
        '"default_transaction_read_only": "off"',
        (FENCES,),
    ),
    Place(
        "values of a statement are kept out of errors",
        "platform/almoner/core/database.py",
        "hide_parameters=True",
        "hide_parameters=False",
        (FENCES,),
    ),
]
