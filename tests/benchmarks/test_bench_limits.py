"""`almoner bench limits`: through real servers, in small."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.bench


def test_bench_limits_prints_what_a_quiet_tenant_notices_with_its_spread():
    command = [sys.executable, "-m", "almoner.cli.main", "bench", "limits", "--runs", "1", "--seconds", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    measures = json.loads(done.stdout)["measures"]
    beside = [f"beside_{name}" for name in ("unlimited", "shares", "limits")]
    latencies = {f"{name}_p{part}_ms" for name in ("alone", *beside) for part in (50, 99)}
    assert set(measures) == latencies | {f"{name}_noisy_rps" for name in beside}
    assert all(measures[name]["min"] > 0 for name in latencies)
    assert measures["beside_limits_noisy_rps"]["median"] < measures["beside_shares_noisy_rps"]["median"]
