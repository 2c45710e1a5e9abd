"""Insisting on a refusal by its code. Not a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from almoner.core.errors import AlmonerError


@contextmanager
def refused(*codes: str) -> Iterator[None]:
    """What happens in here is refused with exactly these codes."""
    with pytest.raises(AlmonerError) as raised:
        yield
    assert [problem.code for problem in raised.value.problems] == list(codes)
