"""Programs and periods in the API."""
