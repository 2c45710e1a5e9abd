"""`python -m almoner_migrations`: what `almoner migrate` runs. The URL comes from the environment."""

from __future__ import annotations

import os
import sys

from almoner_migrations.migrate import upgrade
from almoner_migrations.roles import RolesMissing


def main() -> int:
    """Exit code: 0 up to date, 1 the database cannot be migrated, with a sentence that says why."""
    url = os.environ["ALMONER_MIGRATION_URL"]
    try:
        upgrade(url, app_password=os.environ.get("ALMONER_APP_PASSWORD"))
    except RolesMissing as missing:
        print(missing, file=sys.stderr)  # noqa: T201  (the one sentence this command has to say)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
