"""The register of delegations of 2017 as sample data: what `propose_delegation` takes, entry by entry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from almoner.committees.propose_delegation import ProposedItem

SAMPLE = "samples/delegations-2017.json"


@dataclass(frozen=True, slots=True)
class SampleEntry:
    """An entry of the register; the members are those of `propose_delegation`.

    Attributes:
        part: of a work-stream that has several entries; empty for one that has one.
    """

    stream: str
    part: str
    rationale: str
    impact: str
    items: Sequence[ProposedItem]

    @property
    def workstream(self) -> str:
        """As the register calls it."""
        return f"{self.stream}: {self.part}" if self.part else self.stream


def sample_register() -> list[SampleEntry]:
    """The entries, in the order of the register. No amounts stand in it, so no item has a limit."""
    found = json.loads(files("almoner.committees").joinpath(SAMPLE).read_text(encoding="utf-8"))
    return [
        SampleEntry(
            each["workstream"],
            each.get("part", ""),
            each["rationale"],
            each["impact"],
            [ProposedItem(item["matter"], item["text"], item.get("fund")) for item in each["items"]],
        )
        for each in found["entries"]
    ]
