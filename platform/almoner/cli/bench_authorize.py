"""`almoner bench authorize`: decisions, permission sets and how soon a changed policy holds."""

from __future__ import annotations

import gc
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import psutil
import typer

from almoner.cli.measures import Measure, print_measures
from almoner.cli.output import err
from almoner.cli.stack import database_environment
from almoner.core.pauses import keep_what_is_loaded
from almoner.core.viewer import Held, Viewer

if TYPE_CHECKING:
    from almoner.authorization.document import Grant, Role
    from almoner.authorization.facts import Facts
    from almoner.authorization.policy import Policy
    from almoner.core.settings import Settings
    from almoner.wiring import House

TENANTS = 1_000
GRANTS = 100_000
DECISIONS = 20_000
#: casbin takes milliseconds for one.
ENFORCED = 200
REPEATED = 100


def bench_authorize(
    runs: Annotated[int, typer.Option(min=1, help="Runs of each measure.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Measure authorization, with 1,000 tenants loaded that have policies of their own, one of them with 100,000
    grants.

    decision_us, decision_p99_us: one decision about a row, median and 99th percentile of 20,000 in the large tenant.
    permission_set_ms: what five roles may do together, compiled for the first time. enforcer_ms: building casbin's
    enforcer for the large tenant. vs_enforcer: how many times longer casbin takes for the same decision under the
    built-in policy. tenants_1000_mb: memory of the 1,000 policies.

    In a tenant with 20 grants, and with …_large… in the one with 100,000: policy_live_s: from asking for a change until
    another house has answered by it; policy_after_commit_s: of that, from the commit. read_p99_ms: 99th percentile of
    four readers' opening a scope and asking; read_p99_changing_ms: the same while one change follows the other on the
    same event loop; read_p99_ratio: how many times as long. longest_pause_ms: the longest time meanwhile in which the
    loop did one thing only, or the machine another; longest_pause_quiet_ms: the same without changes;
    longest_pause_25000_ms: the same in changes of 25,000 items.
    """
    tenants, measures = _in_memory(runs)
    with tempfile.TemporaryDirectory(prefix="almoner-bench-") as folder:
        measures |= _in_database(Path(folder), tenants, runs)
    print_measures(measures, as_json=as_json)


def _in_memory(runs: int) -> tuple[list[Policy], dict[str, Measure]]:
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
    large.enforcer()
    enforcer = (time.perf_counter() - began) * 1000
    sets = [_seconds_to_compile(large, dice) * 1000 for _ in range(runs)]
    timed = [_decisions(large, dice) for _ in range(runs)]
    ratios = [_against_casbin(built_in_policy(), dice) for _ in range(runs)]
    return tenants, {
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

    scopes = ("any", "own", "assigned", "public")  # what is given, not refused
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
    asked: list[tuple[Viewer, Permission, Facts]] = [
        (
            dice.choice(viewers),
            dice.choice(list(Permission)),
            Facts(UUID(int=dice.randint(1, 50)), *(dice.random() < 0.5 for _ in range(3))),
        )
        for _ in range(ENFORCED)
    ]
    began = time.perf_counter()
    for viewer, permission, facts in asked:
        oracle.allows(viewer.held, permission, facts)
    casbin = time.perf_counter() - began
    began = time.perf_counter()
    # Ours take so little that many are timed.
    for viewer, permission, facts in asked * REPEATED:
        rights = viewer.profile.rights.get(permission)
        _ = rights is not None and reaches(rights, viewer, facts)
    return casbin * REPEATED / (time.perf_counter() - began)


def _in_database(folder: Path, tenants: Sequence[Policy], runs: int) -> dict[str, Measure]:
    from almoner.cli import bench_live, local
    from almoner.core.settings import Settings

    config = Settings(data_dir=folder, environment="production", database_url=None)
    with database_environment(config) as environment:

        async def measure(house: House) -> dict[str, Measure]:
            found: dict[str, Measure] = {}
            keep_what_is_loaded()
            async with _another_house(config, environment, tenants) as other:
                for suffix, count in (("", 20), ("_large", GRANTS)):
                    err.print(f"A tenant with {count:,} grants of its own …")
                    items = [item for part in _items(count) for item in part]
                    administrator, filling = await bench_live.fill(house, f"bench-{count}", items)
                    found |= (await bench_live.measure(house, other, administrator, runs)).measures(suffix)
            return found | {"longest_pause_25000_ms": Measure("ms", (filling.pause * 1000,))}

        return local.in_house(config, environment, measure)


@asynccontextmanager
async def _another_house(
    config: Settings, environment: dict[str, str], tenants: Sequence[Policy]
) -> AsyncIterator[House]:
    """As of another process, which has these policies loaded and hears of new ones."""
    from almoner.authorization.listen import hearing_of_policies
    from almoner.core.settings import Settings
    from almoner.wiring import build_house

    url = {"database_url": environment["ALMONER_DATABASE_URL"]}
    other = build_house(Settings.model_validate({**config.model_dump(), **url}))
    for number, policy in enumerate(tenants):
        other.policies.put(UUID(int=number), policy)
    try:
        async with hearing_of_policies(other.policies, other.database.url):
            yield other
    finally:
        await other.close()
