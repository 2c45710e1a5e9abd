"""`almoner policy`, on a database: what it prints, and that a file goes round."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
import yaml
from sqlmodel import select
from typer.testing import CliRunner, Result

from almoner.authorization.policy import built_in_policy
from almoner.authorization.roles import assign_role
from almoner.cli import policies
from almoner.cli.main import app
from almoner.cli.output import Exit
from almoner.core.errors import Invalid
from almoner.core.settings import Settings
from almoner.identity.tables import Account

POLICY = """
roles:
- {name: rate_clerk, held_at: tenant, comment: reads rates, includes: [], emergency: false}
grants:
- {role: rate_clerk, resource: rate_development, action: view, scope: any, effect: allow, comment: reads rates}
"""


@pytest.fixture
async def code(tenant):
    """The code of a tenant whose account `nobody` administers the policy."""
    async with tenant.house.operator_scope(tenant.id, "test") as scope:
        account = (await scope.session.execute(select(Account).where(Account.name == "nobody"))).scalar_one()
        await assign_role(scope, account.id, "policy_administrator", reason="test")
    return tenant.code


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Result]]:
    """Runs the command on the test's database, as its own process would."""
    monkeypatch.setattr("almoner.cli.local.settings", lambda: settings)
    monkeypatch.setenv("ALMONER_DATABASE_URL", settings.application_url)

    # A command has an event loop of its own, so it runs in a thread.
    def invoke(*arguments: str) -> Awaitable[Result]:
        return asyncio.to_thread(CliRunner().invoke, app, ["policy", *arguments])

    return invoke


def test_the_built_in_assertions_are_kept():
    found = policies._answers(built_in_policy())
    assert len(found) > 30
    assert [each for each in found if not each["kept"]] == []


def test_the_command_says_so():
    result = CliRunner().invoke(app, ["policy", "test", "--json"])
    assert result.exit_code == 0
    assert all(each["kept"] for each in json.loads(result.stdout))


@pytest.mark.anyio
async def test_a_policy_goes_out_and_in_and_is_compared(run, code, scratch):
    me = ("--account", "nobody@agency.example")
    file = scratch / "policy.yaml"
    file.write_text(POLICY)
    dry = await run("import", code, str(file), *me, "--dry-run", "--json")
    assert dry.exit_code == 0, dry.output
    assert json.loads(dry.stdout)["version"] is None
    done = await run("import", code, str(file), *me, "--reason", "clerks", "--json")
    assert json.loads(done.stdout)["version"] == 1
    assert yaml.safe_load((await run("export", code, *me)).stdout)["grants"] == yaml.safe_load(POLICY)["grants"]
    changes = json.loads((await run("diff", code, "1", "0", *me, "--json")).stdout)
    assert [change["op"] for change in changes] == ["remove", "remove"]
    assert (await run("test", "--tenant", code, *me)).exit_code == 0
    assert "may not" in (await run("explain", code, "actuary@agency.example", "policy:change")).stdout
    assert (await run("import", code, str(file), *me, "--reason", "clerks")).exit_code == Exit.REFUSED
    assert (await run("export", code, "--account", "actuary@agency.example")).exit_code == Exit.REFUSED
    assert (await run("export", "no-such-tenant", *me)).exit_code == Exit.NOT_FOUND


@pytest.mark.parametrize("text", ["[1", "- 1", "policies: []", "roles: [{nam: x}]", "grants: [x]"])
def test_a_file_that_is_no_policy_is_refused(text):
    with pytest.raises(Invalid):
        policies.parse(text)
