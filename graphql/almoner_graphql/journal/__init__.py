"""The journal in the API."""
