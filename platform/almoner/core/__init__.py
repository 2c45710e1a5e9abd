"""What every slice stands on: settings, database, tenant scope, errors, ids, clock, numbers."""
