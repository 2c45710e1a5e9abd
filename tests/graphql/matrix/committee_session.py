"""Committees: session."""

from __future__ import annotations

from tests.graphql.matrix.world import Row

ROWS: list[Row] = []
