"""Registered operations in the API."""
