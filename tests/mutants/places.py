"""All places that `make mutants` breaks, one after the other.

To add one: a part of the code that is found exactly once in its file, what to put in its place, and the tests that
ought to notice, the narrowest first. Then `make mutants ARGS=--missing` runs it and writes its row in docs/checks.md.
"""

from __future__ import annotations

from tests.mutants import of_decisions, of_identity, of_rights, of_standing, of_the_api, of_the_database, of_verbs

PLACES = [
    place
    for module in (of_the_database, of_rights, of_standing, of_identity, of_verbs, of_the_api, of_decisions)
    for place in module.PLACES
]
