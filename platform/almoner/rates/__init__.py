"""RBHA capitation rates: packages, calculation, tie-out and the life of a rate development."""
