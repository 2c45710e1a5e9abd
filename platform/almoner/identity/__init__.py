"""Accounts, service accounts, passwords and tokens."""
