"""The headers of a request, read once: every request is asked for nine of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def headers_of(scope: Any) -> Mapping[str, str]:
    """The headers of an ASGI connection by their names in lower case; of one that is there twice, the first."""
    state = scope.setdefault("state", {})
    found: Mapping[str, str] | None = state.get("headers")
    if found is None:
        found = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        state["headers"] = found
    return found
