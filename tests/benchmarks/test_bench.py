"""The benchmarks run and say what they measured. Goals are here only where they are far away."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.bench


def test_bench_rates_prints_every_measure_with_its_spread():
    command = [sys.executable, "-m", "almoner.cli.main", "bench", "rates", "--runs", "2", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    found = json.loads(done.stdout)
    assert found["machine"]["cores"] >= 1
    assert {"sfy10_s", "pairs_2000_s", "pairs_2000_mb", "growth_20000_over_2000"} <= set(found["measures"])
    for measure in found["measures"].values():
        assert set(measure) == {"median", "min", "max", "unit", "runs"}
        assert measure["min"] <= measure["median"] <= measure["max"]


def test_bench_authorize_prints_every_measure_and_keeps_its_goals():
    command = [sys.executable, "-m", "almoner.cli.main", "bench", "authorize", "--runs", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    found = json.loads(done.stdout)["measures"]
    assert set(found) >= {"decision_us", "decision_p99_us", "permission_set_ms", "policy_live_s", "vs_enforcer"}
    assert set(found) >= {"read_p99_ms", "read_p99_changing_ms", "read_p99_ratio_large", "longest_pause_large_ms"}
    assert found["decision_us"]["median"] <= 10
    assert found["decision_p99_us"]["median"] <= 100
    assert found["permission_set_ms"]["median"] <= 50
