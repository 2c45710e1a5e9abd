"""The clock that stands where a file says, for demonstrations; nowhere but in development."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from almoner.core.clock import clock_in, system_clock
from almoner.core.settings import Settings


def test_a_clock_in_a_file_stands_until_the_file_says_otherwise(scratch):
    file = scratch / "clock"
    file.write_text("2017-07-06T13:00:00+01:00\n", encoding="utf-8")
    clock = clock_in(file)
    assert clock() == clock() == datetime(2017, 7, 6, 12, tzinfo=UTC)
    file.write_text("2017-09-07T13:00:00+01:00", encoding="utf-8")
    assert clock() == datetime(2017, 9, 7, 12, tzinfo=UTC)
    file.write_text("2017-09-07T13:00:00", encoding="utf-8")
    with pytest.raises(ValueError, match="without an offset"):
        clock()


def test_without_a_file_it_is_the_systems_clock():
    assert clock_in(None) is system_clock


def test_production_has_no_clock_of_its_own(scratch):
    with pytest.raises(ValidationError, match="ALMONER_CLOCK_FILE"):
        Settings(clock_file=scratch / "clock", environment="production")
    assert Settings(clock_file=scratch / "clock", environment="development").clock_file == scratch / "clock"
