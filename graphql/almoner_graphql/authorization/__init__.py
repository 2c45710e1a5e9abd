"""Roles and policies in the API."""
