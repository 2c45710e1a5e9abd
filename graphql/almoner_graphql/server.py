"""The processes that serve, by uvicorn: `python -m almoner_graphql.server --port 8000`."""

from __future__ import annotations

import argparse

import uvicorn

from almoner.core.logs import configure_logs, logger
from almoner.core.settings import settings
from almoner_graphql.middleware import MAX_BODY_BYTES

#: An unused connection is kept for so long: longer than proxies keep theirs, which would else send into a closed one.
_KEEP_ALIVE_SECONDS = 75
#: Answers that are being made when we are told to stop may take so long: a little longer than a statement may.
_GRACE_SECONDS = 15

_log = logger("almoner_graphql.server")


def main() -> None:
    """Serve until told to stop."""
    told = _arguments()
    configure_logs(settings().log_level)
    _log.info("starting", url=f"http://{told.host}:{told.port}", processes=told.workers)
    uvicorn.run(
        told.target,
        factory=True,
        host=told.host,
        port=told.port,
        workers=told.workers,
        http="almoner_graphql.protocol:BoundedProtocol",
        ws_max_size=MAX_BODY_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        # The log is ours (middleware.py), and so is what a proxy says of the client (addresses.py).
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m almoner_graphql.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("target", nargs="?", default="almoner_graphql.app:create_app", help="makes the application")
    return parser.parse_args()


if __name__ == "__main__":
    main()
