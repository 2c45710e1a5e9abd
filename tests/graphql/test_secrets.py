"""What is secret stands nowhere in the clear: not in the database, not in a log line, not in the journal."""

from __future__ import annotations

import httpx
import psycopg
import pyotp
import pytest

from almoner.core.database import libpq_url
from almoner.core.ids import global_id

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery staple"
NEW_PASSWORD = "an entirely new and different one"
EMAIL = "secretive@agency.example"
TABLES = """
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
"""


class Caller:
    """Calls mutations of a real server, and remembers every secret that was sent or received."""

    def __init__(self, client):
        self.client, self.secrets = client, set()

    async def call(self, name, arguments, wanted, token=None):
        query = f"mutation {{ {name}({arguments}) {{ {' '.join(wanted)} problems {{ code }} }} }}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        payload = (await self.client.post("/graphql", json={"query": query}, headers=headers)).json()["data"][name]
        assert payload.pop("problems") == [], (name, arguments)
        for value in payload.values():
            self.secrets.update(value if isinstance(value, list) else [value])
        return payload

    async def oauth(self, path, form):
        response = await self.client.post(path, data=form)
        assert response.status_code == 200
        body = response.json() if response.content else {}
        self.secrets.update(value for name, value in body.items() if name.endswith("_token"))
        return body


async def live(client, tenant):
    """The secrets of a whole life: invited, signed in, enrolled, refreshed, stepped up; a machine rotated."""
    caller, administrator = Caller(client), tenant.token("program_administrator")
    caller.secrets.update([PASSWORD, NEW_PASSWORD, administrator])
    invited = await caller.call("inviteAccount", f'email: "{EMAIL}", name: "S"', ["token"], administrator)
    await caller.call("setPassword", f'token: "{invited["token"]}", password: "{PASSWORD}"', [])
    who = f'tenant: "{tenant.code}", email: "{EMAIL}", password: "{PASSWORD}"'
    made = await caller.call("login", who, ["accessToken", "refreshToken"])
    mine = made["accessToken"]
    device = await caller.call("enrolAuthenticator", f'password: "{PASSWORD}"', ["secret", "uri"], mine)
    now = tenant.house.clock()
    totp = pyotp.TOTP(device["secret"])
    first, second = totp.at(now, counter_offset=-1), totp.at(now)
    given = f'password: "{PASSWORD}", code: "{first}"'
    codes = await caller.call("confirmAuthenticator", given, ["recoveryCodes"], mine)
    caller.secrets.update(code.replace("-", "") for code in codes["recoveryCodes"])
    await caller.call("stepUp", f'password: "{PASSWORD}", code: "{second}"', ["accessToken"], mine)
    form = {"grant_type": "refresh_token", "refresh_token": made["refreshToken"]}
    fresh = await caller.oauth("/oauth/token", form)
    changed = f'password: "{PASSWORD}", newPassword: "{NEW_PASSWORD}", code: "{codes["recoveryCodes"][0]}"'
    await caller.call("changePassword", changed, [], fresh["access_token"])
    await caller.oauth("/oauth/revoke", {"token": fresh["refresh_token"]})
    machine = global_id("ServiceAccount", tenant.identities["integrator"].subject_id)
    rotated = await caller.call("rotateServiceAccount", f'serviceAccount: "{machine}"', ["clientSecret"], administrator)
    secret = {"client_id": tenant.client_id, "client_secret": rotated["clientSecret"]}
    await caller.oauth("/oauth/token", {"grant_type": "client_credentials", **secret})
    return {secret for secret in caller.secrets if isinstance(secret, str)}


def everything_stored(superuser_url):
    """All rows of all tables, as text."""
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        return "\n".join(
            str(row)
            for (table,) in connection.execute(TABLES).fetchall()
            for (row,) in connection.execute(f"select t::text from {table} t").fetchall()
        )


async def test_no_secret_stands_in_the_database_or_in_the_log_at_debug(tenant, server, server_log, superuser_url):
    async with httpx.AsyncClient(base_url=server) as client:
        secrets = await live(client, tenant)
        for wrong in ("x", *secrets):
            await client.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": wrong})
            await client.post("/graphql", json={"query": "{"}, headers={"Authorization": f"Bearer {wrong}"})
    log = server_log.read_text()
    assert len(secrets) > 20
    dump = everything_stored(superuser_url)
    assert EMAIL in dump
    assert '"path": "/oauth/token"' in log
    assert [secret for secret in secrets if secret in dump or secret in log] == []
