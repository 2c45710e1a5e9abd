"""Packages of any size with plausible numbers, the same ones at every call: for tests and for measuring."""

from __future__ import annotations


def _between(low: int, high: int, *seeds: int) -> int:
    """A whole number from low to high that looks arbitrary and depends on the seeds only."""
    state = 0x9E3779B9
    for seed in seeds:
        state = ((state ^ (seed + 0x7F4A7C15)) * 0x5851F42D4C957F2D + 0x14057B7EF767814F) % 2**64
    return low + (state >> 33) % (high - low + 1)


def _decimal(units: int, places: int) -> str:
    return f"{units // 10**places}.{units % 10**places:0{places}d}"


def _input(cell: int, contractor: int) -> dict[str, object]:
    months = _between(400, 400_000, cell, contractor, 1)
    cost = _between(20_000_000, 95_000_000, cell, contractor, 2)
    band = (400, 550, 750, 900, 975, 1050, 1100, 1250, 1500, 1600)[_between(0, 9, cell, contractor, 3)]
    return {
        "rateCell": f"CELL{cell + 1:03d}",
        "contractor": f"RBHA{contractor + 1:03d}",
        "baseMemberMonths": str(months),
        "baseCostPmpm": _decimal(cost, 6),
        "bandMultiplier": _decimal(band, 3),
        "currentRate": _decimal(_between(600, 3_500, cell, contractor, 4), 2),
        "projectedMemberMonths": str(months * _between(70, 120, cell, contractor, 5) // 100),
    }


def synthetic(cells: int, contractors: int) -> dict[str, object]:
    """A raw package of `cells` rate cells in programs of four, and `contractors` contractors (both at least 1).

    Has no printed cells. Every input differs; two calls give equal packages.
    """
    if cells < 1 or contractors < 1:
        raise ValueError("a package needs at least one rate cell and one contractor")
    return {
        "name": f"Synthetic rates: {cells} rate cells, {contractors} contractors",
        "currency": "USD",
        "ratingPeriod": {"label": "SFY10", "begin": "2009-07-01", "end": "2010-06-30"},
        "basePeriod": {"label": "SFY08", "begin": "2007-07-01", "end": "2008-06-30"},
        "priorPeriod": {"label": "SFY09", "begin": "2008-07-01", "end": "2009-06-30"},
        "parameters": {
            "load": "0.09",
            "rangeHalfWidth": "0.01",
            "statewideLoad": "0.0349733346",
            "statedStatewideLoad": None,
            "roundExtendedDollars": True,
        },
        "contractors": [
            {"code": f"RBHA{number:03d}", "rbha": f"Authority {number}", "area": str(number), "counties": []}
            for number in range(1, contractors + 1)
        ],
        "rateCells": [
            {
                "code": f"CELL{cell + 1:03d}",
                "program": f"Program {cell // 4 + 1}",
                "population": f"Population {cell % 4 + 1}",
                "overallAcuity": _decimal(_between(8, 120, cell, 6), 2),
                "tribalClaims": str(_between(0, 900_000, cell, 7)),
                "priorStatewideRate": _decimal(_between(50_000_000, 350_000_000, cell, 8), 7),
                "priorMemberMonths": str(_between(20_000, 900_000, cell, 9)),
            }
            for cell in range(cells)
        ],
        "inputs": [_input(cell, contractor) for cell in range(cells) for contractor in range(contractors)],
    }
