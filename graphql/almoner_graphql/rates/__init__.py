"""Capitation rates in the API."""
