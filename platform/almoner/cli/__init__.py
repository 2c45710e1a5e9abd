"""The `almoner` command."""
