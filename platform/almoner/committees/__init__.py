"""Committees: bodies and their seats, meetings from planning to approved minutes, decisions and what they stand on."""
