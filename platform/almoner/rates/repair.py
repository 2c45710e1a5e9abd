"""What a misprinted or misread cell most likely said: the smallest change of digits that the other cells support.

Candidates are not searched for among all texts: a cell that ties can only say the recomputed figure, or one unit more
or less. Several misread cells may stand in one sum, so candidates are chosen for all of them together, again and again
until no choice changes, and then each must stand on its own: it breaks no relation that held, and mends at least one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from almoner.rates.figures import FigureKey
from almoner.rates.printed import PrintedNumber
from almoner.rates.sums import Interval, Relation

# A relation with more cells than this that differ says nothing about any one of them.
_MAX_DIFFERING = 8
_MAX_ROUNDS = 20

# Pairs of digits that print and scan alike.
_LOOK_ALIKE = frozenset(frozenset(pair) for pair in ("38", "56", "14", "12", "89"))

_Read = Callable[[FigureKey], Interval]


@dataclass(frozen=True, slots=True)
class Repair:
    """What a cell probably said.

    Attributes:
        text: in the style of the printed text, for example `$ 29.09`.
        support: sentences of the relations that the printed text breaks and this one fulfils; at least one.
    """

    text: str
    support: tuple[str, ...]


def repairs(
    differing: Mapping[FigureKey, PrintedNumber],
    printed: Mapping[FigureKey, PrintedNumber],
    figures: Mapping[FigureKey, Fraction],
    relations: Iterable[Relation],
    whole: Callable[[FigureKey], bool],
) -> dict[FigureKey, Repair]:
    """Propose repairs for the cells that differ.

    Args:
        differing: the cells to repair, a part of `printed`.
        whole: whether a printed number stands for itself alone, as whole dollars do.
    """
    of_cell = _by_cell(differing, relations)
    options = {
        key: [_Reading(number, Interval.of(number, whole(key))) for number in _candidates(cell, figures[key])]
        for key, cell in differing.items()
        if of_cell[key]
    }
    options = {key: readings for key, readings in options.items() if readings}
    # Only cells that stand in a relation with a cell to repair are ever read.
    needed = {cell for key in options for relation in of_cell[key] for cell in relation.cells}
    as_printed = {key: _Reading(printed[key], Interval.of(printed[key], whole(key))) for key in needed}
    chosen = {**as_printed, **{key: readings[0] for key, readings in options.items()}}
    for _ in range(_MAX_ROUNDS):
        changed = False
        for key, readings in options.items():
            if len(readings) < 2:
                continue
            nearest = differing[key].nearest(figures[key])
            best = min(readings, key=_rank(key, differing[key], nearest, chosen=chosen, relations=of_cell[key]))
            changed = changed or best is not chosen[key]
            chosen[key] = best
        if not changed:
            break
    return _standing(list(options), as_printed, chosen, of_cell)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A printed number and what it stands for, so that it is worked out once."""

    number: PrintedNumber
    interval: Interval


def _by_cell(
    differing: Mapping[FigureKey, PrintedNumber], relations: Iterable[Relation]
) -> dict[FigureKey, list[Relation]]:
    found: dict[FigureKey, list[Relation]] = {key: [] for key in differing}
    for relation in relations:
        touched = [key for key in relation.cells if key in differing]
        if len(touched) <= _MAX_DIFFERING:
            for key in touched:
                found[key].append(relation)
    return found


def _candidates(printed: PrintedNumber, value: Fraction) -> list[PrintedNumber]:
    """Texts of the same length and punctuation that tie, fewest changed digits first, then the exact one."""
    nearest = printed.nearest(value)
    options = [printed.respelled(units) for units in (nearest, nearest - 1, nearest + 1)]
    return sorted((option for option in options if option is not None), key=lambda o: len(_changed(printed, o)))


def _changed(printed: PrintedNumber, other: PrintedNumber) -> list[frozenset[str]]:
    """The pairs of characters in which two texts of the same length differ."""
    return [frozenset(pair) for pair in zip(printed.text, other.text, strict=True) if pair[0] != pair[1]]


def _rank(
    key: FigureKey,
    printed: PrintedNumber,
    nearest: int,
    *,
    chosen: Mapping[FigureKey, _Reading],
    relations: Sequence[Relation],
) -> Callable[[_Reading], tuple[int, int, bool, int]]:
    """Smaller is better: fewer digits changed, more relations kept, exact, and digits that are often misread."""

    def rank(option: _Reading) -> tuple[int, int, bool, int]:
        changed = _changed(printed, option.number)
        kept = len(_holding(relations, _reader(chosen, key, option)))
        unlike = sum(pair not in _LOOK_ALIKE for pair in changed)
        return len(changed), -kept, option.number.units != nearest, unlike

    return rank


def _reader(chosen: Mapping[FigureKey, _Reading], key: FigureKey, instead: _Reading) -> _Read:
    """Read what is chosen, with another reading of one cell."""
    return lambda other: instead.interval if other == key else chosen[other].interval


def _holding(relations: Sequence[Relation], read: _Read) -> set[int]:
    return {index for index, relation in enumerate(relations) if relation.holds(read)}


def _standing(
    keys: list[FigureKey],
    as_printed: Mapping[FigureKey, _Reading],
    chosen: dict[FigureKey, _Reading],
    of_cell: Mapping[FigureKey, Sequence[Relation]],
) -> dict[FigureKey, Repair]:
    """The choices that break nothing and mend something; one that falls may take others with it."""
    while True:
        mended: dict[FigureKey, list[Relation]] = {}
        for key in keys:
            relations = of_cell[key]
            after = _holding(relations, _reader(chosen, key, chosen[key]))
            before = _holding(relations, _reader(chosen, key, as_printed[key]))
            if not before - after and after - before:
                mended[key] = [relations[index] for index in sorted(after - before)]
        fallen = [key for key in keys if key not in mended]
        if not fallen:
            break
        for key in fallen:
            chosen[key] = as_printed[key]
        keys = list(mended)

    def text(key: FigureKey) -> str:
        return chosen[key].number.bare

    return {
        key: Repair(chosen[key].number.text, tuple(relation.sentence(text) for relation in relations))
        for key, relations in mended.items()
    }
