"""`almoner bench authorize`: decisions, permission sets and how soon a changed policy holds."""

from __future__ import annotations

import gc
import itertools
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import psutil
import typer

from almoner.cli.measures import Measure, print_measures
from almoner.cli.output import err
from almoner.cli.stack import database_environment
from almoner.core.viewer import Held, Viewer

if TYPE_CHECKING:
    from almoner.authorization.document import Change, Grant, Role
    from almoner.authorization.facts import Facts
    from almoner.authorization.policy import Policy
    from almoner.core.settings import Settings
    from almoner.identity.tokens import Identity
    from almoner.wiring import House

TENANTS = 1_000
GRANTS = 100_000
DECISIONS = 20_000
AT_ONCE = 25_000
#: casbin takes milliseconds for one.
ENFORCED = 200


def bench_authorize(
    runs: Annotated[int, typer.Option(min=1, help="Runs of each measure.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Measure authorization, with 1,000 tenants loaded that have policies of their own, one of them with 100,000
    grants.

    decision_us, decision_p99_us: one decision about a row, median and 99th percentile of 20,000 in the large tenant.
    permission_set_ms: what five roles may do together, compiled for the first time. enforcer_ms: building casbin's
    enforcer for the large tenant. vs_enforcer: how many times longer casbin takes for the same decision under the
    built-in policy. tenants_1000_mb: memory of the 1,000 policies. policy_live_s: from asking for a change until
    another process has answered by it; policy_live_large_s: the same in the large tenant.
    """
    measures = _in_memory(runs)
    with tempfile.TemporaryDirectory(prefix="almoner-bench-") as folder:
        measures |= _in_database(Path(folder), runs)
    print_measures(measures, as_json=as_json)


def _in_memory(runs: int) -> dict[str, Measure]:
    from almoner.authorization.policy import built_in_policy

    err.print(f"Loading {TENANTS} tenants with policies of their own …")
    dice = random.Random(1)  # noqa: S311  (the same policies in every run)
    before = _megabytes()
    tenants = [_policy(dice, 20) for _ in range(TENANTS - 1)]
    for policy in tenants:
        policy.profile(frozenset({"actuary", "role_0"}))
    memory = _megabytes() - before
    large = _policy(dice, GRANTS)
    began = time.perf_counter()
    large.compiled()
    enforcer = (time.perf_counter() - began) * 1000
    sets = [_seconds_to_compile(large, dice) * 1000 for _ in range(runs)]
    timed = [_decisions(large, dice) for _ in range(runs)]
    ratios = [_against_casbin(built_in_policy(), dice) for _ in range(runs)]
    return {
        "decision_us": Measure("us", tuple(statistics.median(each) for each in timed)),
        "decision_p99_us": Measure("us", tuple(statistics.quantiles(each, n=100)[98] for each in timed)),
        "permission_set_ms": Measure("ms", tuple(sets)),
        "enforcer_ms": Measure("ms", (enforcer,)),
        "vs_enforcer": Measure("ratio", tuple(ratios)),
        "tenants_1000_mb": Measure("MB", (memory,)),
    }


def _megabytes() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 2**20


def _items(count: int) -> tuple[list[Role], list[Grant]]:
    """So many different grants, of as many roles of the tenant's own as that takes."""
    from almoner.authorization.document import Grant, Role
    from almoner.authorization.permissions import Permission

    scopes = ("any", "own", "assigned", "public")
    # Nothing that the built-in assertions say is touched: these roles are new, and held at organizations.
    pattern = [(name.partition(":")[0], name.partition(":")[2], scope) for name in Permission for scope in scopes]
    roles = [Role(f"role_{number}", "organization", "bench") for number in range(count // len(pattern) + 1)]
    every = (Grant(role.name, *rest, "allow", "bench") for role in roles for rest in pattern)
    return roles, list(itertools.islice(every, count))


def _policy(dice: random.Random, count: int) -> Policy:
    from almoner.authorization.built_in import built_in
    from almoner.authorization.document import PolicyDocument
    from almoner.authorization.policy import Policy

    roles, grants = _items(count)
    dice.shuffle(grants)
    return Policy(built_in(), PolicyDocument.of([*roles, *grants]), 1)


def _some_roles(policy: Policy, dice: random.Random) -> frozenset[Held]:
    names = dice.sample(sorted(policy.document.roles or policy.roles), 5)
    return frozenset(Held(name, UUID(int=dice.randint(1, 50))) for name in names)


def _viewer(policy: Policy, held: frozenset[Held]) -> Viewer:
    profile = policy.profile(frozenset(each.role for each in held))
    return Viewer(UUID(int=1), UUID(int=2), "account", held, profile, policy.version)


def _seconds_to_compile(policy: Policy, dice: random.Random) -> float:
    roles = frozenset(each.role for each in _some_roles(policy, dice))
    began = time.perf_counter()
    policy.profile(roles)
    return time.perf_counter() - began


def _decisions(policy: Policy, dice: random.Random) -> list[float]:
    """Microseconds of single decisions of a hundred viewers about rows."""
    from almoner.authorization.authorizer import PolicyAuthorizer
    from almoner.authorization.permissions import Permission
    from almoner.authorization.tables import RoleAssignment

    authorizer, permissions = PolicyAuthorizer(), list(Permission)
    viewers = [_viewer(policy, _some_roles(policy, dice)) for _ in range(100)]
    rows = [
        RoleAssignment(
            tenant_id=UUID(int=1),
            subject_id=UUID(int=dice.randint(2, 4)),
            organization_id=UUID(int=dice.randint(1, 50)),
            role="x",
            reason="x",
        )
        for _ in range(100)
    ]
    asked = [(dice.choice(viewers), dice.choice(permissions), dice.choice(rows)) for _ in range(DECISIONS)]
    found = []
    for viewer, permission, row in asked:
        began = time.perf_counter_ns()
        authorizer.allows(viewer, permission, row)
        found.append((time.perf_counter_ns() - began) / 1000)
    return found


def _against_casbin(policy: Policy, dice: random.Random) -> float:
    """How many times longer casbin takes for the same decisions."""
    from almoner.authorization.authorizer import reaches
    from almoner.authorization.facts import Facts
    from almoner.authorization.oracle import Oracle
    from almoner.authorization.permissions import Permission

    oracle, viewers = Oracle(policy), [_viewer(policy, _some_roles(policy, dice)) for _ in range(20)]
    asked: Sequence[tuple[Viewer, Permission, Facts]] = [
        (
            dice.choice(viewers),
            dice.choice(list(Permission)),
            Facts(UUID(int=dice.randint(1, 50)), dice.random() < 0.5, dice.random() < 0.5),
        )
        for _ in range(ENFORCED)
    ]
    began = time.perf_counter()
    for viewer, permission, facts in asked:
        oracle.allows(viewer.held, permission, facts)
    casbin = time.perf_counter() - began
    began = time.perf_counter()
    for viewer, permission, facts in asked:
        rights = viewer.profile.rights.get(permission)
        _ = rights is not None and reaches(rights, viewer, facts)
    return casbin / (time.perf_counter() - began)


def _in_database(folder: Path, runs: int) -> dict[str, Measure]:
    from almoner.cli import local
    from almoner.core.settings import Settings

    config = Settings(data_dir=folder, environment="production", database_url=None)
    with database_environment(config) as environment:

        async def measure(house: House) -> dict[str, Measure]:
            found = {}
            for name, count in (("policy_live_s", 20), ("policy_live_large_s", GRANTS)):
                err.print(f"A tenant with {count:,} grants of its own …")
                found[name] = Measure("s", tuple(await _live(house, config, environment, count, runs)))
            return found

        return local.in_house(config, environment, measure)


async def _live(house: House, config: Settings, environment: dict[str, str], count: int, runs: int) -> list[float]:
    """Seconds from asking for a change until a house of its own has opened a scope under it."""
    from almoner.authorization.document import Change, Grant
    from almoner.authorization.listen import hearing_of_policies
    from almoner.core.settings import Settings
    from almoner.wiring import build_house

    administrator, roles_and_grants = await _administrator(house, f"bench-{count}"), _items(count)
    wanted = [Change("add", item) for part in roles_and_grants for item in part]
    for begin in range(0, len(wanted), AT_ONCE):
        await _change(house, administrator, wanted[begin : begin + AT_ONCE])
    url = {"database_url": environment["ALMONER_DATABASE_URL"]}
    other = build_house(Settings.model_validate({**config.model_dump(), **url}), pool_size=2)
    barred = Grant("policy_administrator", "organization", "view", "any", "deny", "bench")
    found = []
    try:
        async with hearing_of_policies(other.policies, other.database.url):
            await _sees_organizations(other, administrator)
            for number in range(runs):
                change = Change("remove" if number % 2 else "add", barred)
                began = time.perf_counter()
                await _change(house, administrator, [change])
                while await _sees_organizations(other, administrator) != bool(number % 2):
                    err.print("A process answered by a policy that had been replaced.", style="red")
                found.append(time.perf_counter() - began)
    finally:
        await other.close()
    return found


async def _administrator(house: House, code: str) -> Identity:
    from almoner.cli import local

    await local.open_tenant(house, code, "Benchmark", "UTC")
    return await local.in_tenant(
        house,
        code,
        lambda scope: local.add_person(
            scope,
            email="bench@bench.example",
            name="Bench",
            role="policy_administrator",
            password=secrets.token_urlsafe(16),
        ),
    )


async def _change(house: House, administrator: Identity, changes: Sequence[Change]) -> None:
    from almoner.authorization.change import apply_policy_change, preview_policy_change

    async with house.scope(administrator, "bench") as scope:
        preview = await preview_policy_change(scope, changes)
        await apply_policy_change(scope, preview.id, reason="bench")


async def _sees_organizations(house: House, administrator: Identity) -> bool:
    async with house.scope(administrator, "bench") as scope:
        return scope.allows("organization:view")
