"""Signing in, and who one is, in the API."""
