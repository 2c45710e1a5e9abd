"""Tenants, their programs and their periods."""
