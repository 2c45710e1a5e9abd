"""What a misprinted or misread cell most likely said: the smallest change of digits that the rest of the tables supports.

Candidates are not searched for among all texts: a cell that ties can only say the recomputed figure, or one unit more or
less. Several misread cells may stand in one sum, so candidates are chosen for all of them together, again and again until
no choice changes, and then each must stand on its own: it breaks no relation that held, and mends at least one.
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

_LOOK_ALIKE = frozenset(frozenset(pair) for pair in ("38", "56", "14", "12", "89", "68", "08", "17", "35", "69", "06"))

_Readings = dict[FigureKey, PrintedNumber]
_Wholes = Callable[[FigureKey], bool]


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
    whole: _Wholes,
) -> dict[FigureKey, Repair]:
    """Propose repairs for the cells that differ.

    Args:
        differing: the cells to repair, a part of `printed`.
        whole: whether a printed number stands for itself alone, as whole dollars do.
    """
    of_cell = _by_cell(differing, relations)
    candidates = {key: _candidates(cell, figures[key]) for key, cell in differing.items() if of_cell[key]}
    candidates = {key: options for key, options in candidates.items() if options}
    readings: _Readings = {**printed, **{key: options[0] for key, options in candidates.items()}}
    nearest = {key: differing[key].nearest(figures[key]) for key in candidates}
    for _ in range(_MAX_ROUNDS):
        changed = False
        for key, options in candidates.items():
            if len(options) < 2:
                continue
            best = min(options, key=_rank(key, differing[key], nearest[key], readings, of_cell[key], whole))
            changed = changed or best != readings[key]
            readings[key] = best
        if not changed:
            break
    return _standing(candidates.keys(), printed, readings, of_cell, whole)


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
    readings: _Readings,
    relations: Sequence[Relation],
    whole: _Wholes,
) -> Callable[[PrintedNumber], tuple[int, int, bool, int]]:
    """Smaller is better: fewer digits changed, more relations kept, exact, and digits that are often misread."""

    def rank(option: PrintedNumber) -> tuple[int, int, bool, int]:
        changed = _changed(printed, option)
        kept = len(_holding(relations, {**_part(relations, readings), key: option}, whole))
        unlike = sum(pair not in _LOOK_ALIKE for pair in changed)
        return len(changed), -kept, option.units != nearest, unlike

    return rank


def _part(relations: Sequence[Relation], readings: _Readings) -> _Readings:
    return {key: readings[key] for relation in relations for key in relation.cells}


def _holding(relations: Sequence[Relation], readings: _Readings, whole: _Wholes) -> set[int]:
    def read(key: FigureKey) -> Interval:
        return Interval.of(readings[key], whole(key))

    return {index for index, relation in enumerate(relations) if relation.holds(read)}


def _standing(
    keys: Iterable[FigureKey],
    printed: Mapping[FigureKey, PrintedNumber],
    readings: _Readings,
    of_cell: Mapping[FigureKey, Sequence[Relation]],
    whole: _Wholes,
) -> dict[FigureKey, Repair]:
    """The choices that break nothing and mend something; one that falls may take others with it."""
    standing = list(keys)
    while True:
        mended: dict[FigureKey, list[Relation]] = {}
        for key in standing:
            relations = of_cell[key]
            part = _part(relations, readings)
            after = _holding(relations, part, whole)
            before = _holding(relations, {**part, key: printed[key]}, whole)
            if not before - after and after - before:
                mended[key] = [relations[index] for index in sorted(after - before)]
        fallen = [key for key in standing if key not in mended]
        if not fallen:
            break
        for key in fallen:
            readings[key] = printed[key]
        standing = list(mended)

    def text(key: FigureKey) -> str:
        return readings[key].bare

    return {
        key: Repair(readings[key].text, tuple(relation.sentence(text) for relation in relations))
        for key, relations in mended.items()
    }
