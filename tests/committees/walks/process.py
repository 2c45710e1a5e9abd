"""The life of a committee as a state machine of hypothesis, which draws its walks and shortens those that fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.committees.walks import afterwards
from tests.committees.walks.beginning import drawn
from tests.committees.walks.drawing import Chance, chances, draw, some_kind
from tests.committees.walks.founding import World, found, make_world
from tests.committees.walks.steps import Walk
from tests.conftest import MakeTenant

#: Rows of a committee are found among those of its tenant, so these are kept few.
WALKS_OF_A_TENANT = 20


class GivenUp(Exception):
    """A walk of another length has failed, and is being shortened."""


@dataclass(eq=False)
class Ground:
    """Where walks of a length are taken, and what is known of them.

    Attributes:
        steps: how many a walk has.
        run: runs what is asynchronous on the loop of the database, and waits for it.
        connection: reads tables, whoever may see them.
        failing: of all lengths, those of which a walk has failed; only the first one goes on.
        ended: each walk that has come to its end, in words, and what happened in it.
        begun: how many have begun.
    """

    steps: int
    make_tenant: MakeTenant
    run: Callable[..., Any]
    connection: psycopg.Connection[Any]
    failing: list[Ground]
    ended: dict[tuple[str, ...], Counter[str]] = field(default_factory=dict)
    begun: int = 0
    _world: World | None = None

    @property
    def has_given_up(self) -> bool:
        """Whether another length has failed before."""
        return self.failing[:1] not in ([], [self])

    def begin(self, chance: Chance) -> Walk:
        """Found a committee for a walk."""
        if self.has_given_up:
            raise GivenUp
        if self._world is None or self.begun % WALKS_OF_A_TENANT == 0:
            self._world = self.run(make_world, self.run(self.make_tenant))
        self.begun += 1
        return Walk(self.run(found, self._world, f"w{self.begun}-", drawn(chance)), self.run, self.connection)

    def end(self, walk: Walk) -> None:
        """Look at what is left of a walk, and remember it if it was none of the few that stop early."""
        afterwards.insist(self.run(afterwards.read, walk))
        if len(walk.told) == self.steps:
            self.ended[repr(walk.model.rules), *walk.told] = walk.counts

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Tell the others if this fails."""
        try:
            yield
        except Exception:
            self.failing.append(self)
            raise


class Process(RuleBasedStateMachine):
    """A walk: a committee is founded, then people try one thing after the other while time passes.

    There is one rule for all that is tried: hypothesis chooses evenly among rules, and leaves some out of a whole walk,
    but a committee gets to a decision only by what the moment suggests. `drawing.py` weighs that.
    """

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground
        self.walk: Walk
        self._is_sound = False

    @initialize(chance=chances())
    def a_committee_is_founded(self, chance: Chance) -> None:
        """Rules, people, what is delegated, a meeting that was and one that is to come."""
        self.walk = self.ground.begin(chance)
        note(f"# {self.walk.model.rules}")

    @rule(chance=chances())
    def somebody_tries(self, chance: Chance) -> None:
        """It is done, or refused as the model foretells."""
        self._is_sound = False
        kind = some_kind(self.walk.model, chance)
        tried = draw(self.walk, kind, chance)
        try:
            with self.ground.watched():
                self.walk.step(kind, tried)
        finally:
            note(f"# {self.walk.told[-1]}")

    @invariant()
    def the_tables_say_what_the_model_says(self) -> None:
        """After what was refused, too: it has changed no row."""
        with self.ground.watched():
            self.walk.look()
        self._is_sound = True

    def teardown(self) -> None:
        """No decision exists that the rules forbid; a walk that has failed already is not looked at."""
        if self._is_sound:
            with self.ground.watched():
                self.ground.end(self.walk)
