"""Policies are data: casbin's model, and the built-in roles' grants, one CSV per slice."""
