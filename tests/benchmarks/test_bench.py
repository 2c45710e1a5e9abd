"""The benchmarks run and say what they measured. Their goals are in the documentation, not here."""

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
