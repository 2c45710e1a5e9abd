"""The places that `make mutants` breaks are where it says, and the page has a row for each."""

from __future__ import annotations

import csv

import pytest
from tests.mutants import origin
from tests.mutants.page import PAGE, rows_of
from tests.mutants.place import ROOT, Place, broken
from tests.mutants.places import PLACES


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_place_is_found_exactly_once_and_breaks_nothing_else(place):
    text = broken(place)
    assert text != (ROOT / place.file).read_text(encoding="utf-8")
    if place.file.endswith(".py"):
        compile(text, place.file, "exec")
    elif place.file.endswith(".csv"):
        assert len({len(row) for row in csv.reader(text.splitlines())}) == 1


@pytest.mark.parametrize(("text", "times"), [("not there", "0 times"), ("import", r"\d+ times")])
def test_what_is_not_found_exactly_once_is_refused(text, times):
    with pytest.raises(ValueError, match=times):
        broken(Place("x", "platform/almoner/rates/publish.py", text, "", ()))


def test_other_code_than_that_of_the_folder_is_refused(monkeypatch, tmp_path, pytestconfig):
    monkeypatch.chdir(ROOT)
    origin.pytest_configure(pytestconfig)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pytest.UsageError, match="is imported from"):
        origin.pytest_configure(pytestconfig)


def test_places_have_names_of_their_own_and_tests_that_exist():
    assert len({place.name for place in PLACES}) == len(PLACES) > 30
    named = {one for place in PLACES for one in place.tests if one.startswith("tests/")}
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_the_page_tells_of_every_place_that_something_noticed_it():
    rows = rows_of(PAGE.read_text(encoding="utf-8"))
    assert set(rows) == {place.name for place in PLACES}, 'run: make mutants ARGS="--only NAME"'
    assert [name for name, row in rows.items() if not row.noticed] == []
