"""The text of a cursor, beside the one that the planner's SQL writes."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any


def cursor(kind: str, position: Sequence[Any]) -> str:
    """An opaque cursor: the list it belongs to and the sort keys of the row it stands on."""
    packed = json.dumps([kind, *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode()
