"""Token buckets against a simple model in exact fractions, with a clock of the tests' own."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.core.buckets import Buckets as BucketsByKey

SECOND = 1_000_000_000
QUOTAS = st.integers(1, 10_000)
WINDOWS = st.integers(1, 3_600)
#: How far the clock moves, now and then backwards.
MOVES = st.integers(-5 * SECOND, 30 * SECOND) | st.integers(0, 5)
STEPS = st.lists(st.tuples(MOVES, st.sampled_from(["ask", "take", "charge"]), st.integers(1, 600)), max_size=60)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000 * SECOND

    def __call__(self) -> int:
        return self.now


class Buckets:
    """Buckets that are asked by key, at the time of their clock."""

    def __init__(self, quota: int, seconds: int = 60, *, keys: int, clock: Clock) -> None:
        self._buckets: BucketsByKey[object] = BucketsByKey(quota, seconds, keys=keys, clock=clock)

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, key: object) -> int:
        return max(0, self._buckets.of(key).wait(self._buckets.now()))

    def take(self, key: object, tokens: int = 1) -> None:
        self._buckets.of(key).take(self._buckets.now(), tokens)

    def left(self, key: object) -> tuple[int, int]:
        return self._buckets.of(key).left(self._buckets.now())


@dataclass
class Model:
    """So many tokens, which come back evenly and are never more than the quota."""

    quota: int
    seconds: int
    now: int
    level: Fraction

    @property
    def token(self) -> int:
        return ceil(Fraction(self.seconds * SECOND, self.quota))

    def at(self, now: int) -> None:
        passed = max(0, now - self.now)
        self.now += passed
        self.level = min(Fraction(self.quota), self.level + Fraction(passed, self.token))


def seconds_to_fill(model: Model) -> int:
    return ceil((model.quota - model.level) * model.token / SECOND)


@given(quota=QUOTAS, seconds=WINDOWS, steps=STEPS)
def test_a_bucket_is_its_model(quota, seconds, steps):
    clock = Clock()
    buckets = Buckets(quota, seconds, keys=3, clock=clock)
    model = Model(quota, seconds, clock.now, Fraction(quota))
    for move, step, tokens in steps:
        clock.now += move
        model.at(clock.now)
        wait = buckets.wait("a")
        assert wait == max(0, ceil((1 - model.level) * model.token))
        assert (wait == 0) == (model.level >= 1)
        assert buckets.left("a") == (max(0, floor(model.level)), seconds_to_fill(model))
        if step == "charge" or (step == "take" and wait == 0):
            taken = tokens if step == "charge" else 1
            buckets.take("a", taken)
            model.level -= taken
    assert buckets.left("b") == (quota, 0)


@given(quota=QUOTAS, seconds=WINDOWS, moves=st.lists(MOVES, max_size=200))
def test_whoever_asks_whenever_never_gets_more_than_the_quota_and_what_came_back(quota, seconds, moves):
    clock = Clock()
    buckets = Buckets(quota, seconds, keys=3, clock=clock)
    began = latest = clock.now
    granted = 0
    for move in moves:
        clock.now += move
        latest = max(latest, clock.now)
        for _ in range(3):
            if not buckets.wait("a"):
                buckets.take("a")
                granted += 1
        assert granted <= quota + Fraction((latest - began) * quota, seconds * SECOND)


@given(quota=QUOTAS, seconds=WINDOWS, owed=st.integers(1, 5_000))
def test_after_the_wait_there_is_a_token_and_not_before(quota, seconds, owed):
    clock = Clock()
    buckets = Buckets(quota, seconds, keys=3, clock=clock)
    buckets.take("a", quota - 1 + owed)
    wait = buckets.wait("a")
    clock.now += wait - 1
    assert buckets.wait("a") == 1
    clock.now += 1
    assert buckets.wait("a") == 0
    assert buckets.left("a")[0] == 1


def test_a_clock_that_goes_back_gives_nothing_and_takes_nothing():
    clock = Clock()
    buckets = Buckets(6, 60, keys=3, clock=clock)
    for _ in range(6):
        buckets.take("a")
    clock.now -= 3_600 * SECOND
    assert buckets.wait("a") == 10 * SECOND
    clock.now += 3_600 * SECOND + 10 * SECOND
    assert buckets.wait("a") == 0


def test_keys_do_not_share_a_bucket():
    buckets = Buckets(1, keys=3, clock=Clock())
    buckets.take("a")
    assert buckets.wait("a")
    assert not buckets.wait("b")


@given(keys=st.lists(st.integers(0, 50), min_size=1, max_size=300))
def test_no_more_buckets_are_kept_than_was_said_and_the_oldest_is_forgotten(keys):
    buckets = Buckets(1, keys=10, clock=Clock())
    for key in keys:
        buckets.take(key)
        assert len(buckets) <= 10
    latest = list(dict.fromkeys(reversed(keys)))
    assert all(buckets.wait(key) for key in reversed(latest[:10]))
    assert not any(buckets.wait(key) for key in latest[10:])


@pytest.mark.parametrize(("quota", "seconds"), [(0, 60), (-1, 60), (1, 0)])
def test_a_bucket_holds_something_and_is_filled(quota, seconds):
    with pytest.raises(ValueError, match="at least"):
        BucketsByKey(quota, seconds, keys=1)
