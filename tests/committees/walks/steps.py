"""The steps of a walk: each is drawn, foretold by the model, tried as a verb on the database, and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.committees.walks.compared import LOOK, by_the_model, by_the_tables
from tests.committees.walks.founding import Founded
from tests.committees.walks.model import Committee

from almoner.core.errors import AlmonerError


@dataclass
class Try:
    """Something that somebody tries.

    Attributes:
        forbids: what the model says against it; empty: it will be done.
        after: what changes in the model if it is done, from what the verb answered.
    """

    who: str
    what: str
    forbids: set[str]
    verb: Callable[..., Awaitable[Any]]
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    after: Callable[[Any], None]


@dataclass
class Walk:
    """A committee on its way.

    Attributes:
        run: runs what is asynchronous, and waits for it.
        connection: reads tables, whoever may see them.
        counts: what happened, for the run's account: `kind`, `kind refused`, `code`.
        told: each step in words.
    """

    founded: Founded
    run: Callable[..., Any]
    connection: Any
    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    _digest: str | None = None
    _refused: bool = False
    _waited: bool = False

    @property
    def model(self) -> Committee:
        return self.founded.model

    def step(self, kind: str, tried: Try | None) -> None:
        """It is done, or refused as the model foretells; or time passes, and nobody tries anything."""
        self._waited = tried is None
        if tried is None:
            self.told.append(f"{self.model.now:%d %H:%M:%S}, after a while")
            return
        self.told.append(f"{self.model.now:%d %H:%M:%S} {tried.who}: {tried.what}")
        self.counts["steps"] += 1
        who, self._refused = self.founded.key(tried.who), False
        try:
            answer = self.run(partial(self.founded.tenant.do, who, tried.verb, *tried.arguments, **tried.named))
        except AlmonerError as refused:
            codes = {each.code for each in refused.problems}
            self._refused = True
            self.told[-1] += f" -> {sorted(codes)}"
            self.counts[f"{kind} refused"] += 1
            self.counts.update(codes)
            assert tried.forbids, "the model allows this"
            assert codes <= tried.forbids, f"the model says {sorted(tried.forbids)}"
        else:
            self.told[-1] += " -> done"
            assert not tried.forbids, f"the model says {sorted(tried.forbids)}"
            self.counts[kind] += 1
            tried.after(answer)

    def look(self) -> None:
        """The tables say what the model does; and no row is another one if nothing was done."""
        if self._waited:
            return
        before = self._digest
        self._digest, found = self.connection.execute(LOOK, {"committee": self.founded.ids["committee"]}).fetchone()
        assert not self._refused or self._digest == before, "what was refused has changed something"
        assert by_the_tables(found, self.founded.ids) == by_the_model(self.model)
