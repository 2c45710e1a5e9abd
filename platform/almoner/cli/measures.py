"""What a benchmark found, and how it is printed."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psutil
from rich.table import Table

from almoner.cli.output import out, print_json


@dataclass(frozen=True)
class Measure:
    """Runs of one measurement, in their unit."""

    unit: str
    runs: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Median, spread and count."""
        return {
            "median": round(statistics.median(self.runs), 3),
            "min": round(min(self.runs), 3),
            "max": round(max(self.runs), 3),
            "unit": self.unit,
            "runs": len(self.runs),
        }


def print_measures(measures: Mapping[str, Measure], *, as_json: bool) -> None:
    """Print all of them with the machine that they are of: `{"machine": …, "measures": {name: …}}`, or a table."""
    machine = {
        "cores": os.cpu_count(),
        "memoryGb": round(psutil.virtual_memory().total / 2**30, 1),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    found = {name: measure.to_json() for name, measure in measures.items()}
    if as_json:
        return print_json({"machine": machine, "measures": found})
    table = Table("measure", "median", "min", "max", "unit", "runs")
    for name, measure in found.items():
        table.add_row(name, *(str(measure[key]) for key in ("median", "min", "max", "unit", "runs")))
    out.print(table)
