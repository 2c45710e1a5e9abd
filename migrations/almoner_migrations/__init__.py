"""Migrations: `python -m almoner_migrations` makes the roles and brings the schema up to date."""
