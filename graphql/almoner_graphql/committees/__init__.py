"""Committees in the API."""
