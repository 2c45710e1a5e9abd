"""`almoner operations`, as a release script uses it: real processes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from hashlib import sha256

import pytest

pytestmark = pytest.mark.anyio

ACTUARY = "actuary@agency.example"


@pytest.fixture
def run(tenant, environment, scratch):
    """Runs a command of the group in the test's tenant; its exit code must be the one that is expected."""

    async def command(*arguments, code=0):
        whole = [sys.executable, "-m", "almoner.cli.main", "operations", *arguments, "--tenant", tenant.code]
        done = await asyncio.to_thread(
            subprocess.run,
            whole,
            env=environment,
            cwd=scratch,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 else done.stderr

    return command


async def test_a_release_is_registered_listed_and_withdrawn(tenant, run, find, journal, scratch):
    texts = {
        "rates": "query Rates {\r\n  rateDevelopments { nodes { id } }\r\n}",
        "who [am] i": "{ viewer { roles } }\n",
    }
    for name, text in texts.items():
        (scratch / f"{name}.graphql").write_bytes(text.encode())
    files = [f"{name}.graphql" for name in texts]
    digests = [sha256(text.encode()).hexdigest() for text in texts.values()]

    printed = await run("register", *files, "--client", "integrator")
    assert printed.splitlines() == [f"{digest}  {name}" for digest, name in zip(digests, texts, strict=True)]
    again = json.loads(await run("register", *files, "--client", ACTUARY, "--json"))
    assert [(row["digest"], row["text"], row["client"]) for row in again] == [
        (digest, text, ACTUARY) for digest, text in zip(digests, texts.values(), strict=True)
    ]
    assert await find(tenant, digests[0]) == texts["rates"]

    await run("withdraw", digests[0], "--client", "integrator")
    assert await find(tenant, digests[0]) is None
    assert await find(tenant, digests[0], client="actuary") == texts["rates"]
    listed = json.loads(await run("list", "--client", "integrator", "--json"))
    assert {row["name"]: row["withdrawnAt"] is None for row in listed} == {"rates": False, "who [am] i": True}
    assert "Withdrawn: 1 operation." in await run("withdraw", digests[0])
    table = await run("list")
    assert all(word in table for word in ("who [am] i", ACTUARY, digests[1]))
    assert {row["withdrawnAt"] is None for row in json.loads(await run("list", "--json"))} == {True, False}
    assert len(await journal(tenant)) == 6


async def test_clients_and_tenants_are_held_and_let_go(tenant, run):
    assert await run("only") == "Registered operations only: nobody.\n"
    assert await run("only", "on", "--client", "integrator") == "Registered operations only: integrator.\n"
    held = json.loads(await run("only", "on", "--json"))
    client_id = str(tenant.identities["integrator"].subject_id)
    assert held == {"tenant": True, "clients": [{"client": "integrator", "clientId": client_id}]}
    still = await run("only", "off", "--client", "integrator")
    assert still == "Registered operations only: the whole tenant.\n"
    assert await run("only", "off") == "Registered operations only: nobody.\n"


async def test_refusals_say_where_and_change_nothing(run, contents, tenant, scratch):
    (scratch / "good.graphql").write_text("{ a }")
    (scratch / "blank.graphql").write_text(" ")
    (scratch / "latin.graphql").write_bytes(b"# \xe9")
    to = ("--client", "integrator")
    assert "TEXT_BLANK at blank.graphql.text" in await run("register", "good.graphql", "blank.graphql", *to, code=1)
    assert "latin.graphql is not UTF-8" in await run("register", "good.graphql", "latin.graphql", *to, code=1)
    assert "cannot be read" in await run("register", "good.graphql", "missing.graphql", *to, code=5)
    unknown = await run("register", "good.graphql", "--client", "stranger", code=5)
    assert "no account or service account stranger" in unknown
    assert "tenant list" not in unknown
    assert "There is no operation" in await run("withdraw", "0" * 64, code=5)
    assert "on or off" in await run("only", *to, code=2)
    assert await contents(tenant) == []


async def test_withdrawing_an_unknown_digest_withdraws_none(tenant, run, register, find):
    (row,) = await register("{ viewer { roles } }")
    await run("withdraw", row.digest, "f" * 64, code=5)
    assert await find(tenant, row.digest) is not None
