"""The processes that serve, by uvicorn; `almoner serve` starts them, and has the defaults."""

from __future__ import annotations

import argparse
import resource

import uvicorn

from almoner.core.logs import configure_logs, logger
from almoner.core.settings import settings
from almoner_graphql.middleware import MAX_BODY_BYTES
from almoner_graphql.protocol import BoundedProtocol

#: An unused connection is kept for so long: longer than proxies keep theirs, which would else send into a closed one.
_KEEP_ALIVE_SECONDS = 75
#: Answers that are being made when we are told to stop may take so long: a little longer than a statement may.
_GRACE_SECONDS = 15

_log = logger("almoner_graphql.server")


def main() -> None:
    """Serve until told to stop."""
    told = _arguments()
    configure_logs(settings().log_level)
    _allow_many_connections()
    _log.info("starting", url=f"http://{told.host}:{told.port}", processes=told.workers)
    uvicorn.run(
        told.target,
        factory=True,
        host=told.host,
        port=told.port,
        workers=told.workers,
        http=BoundedProtocol,
        ws_max_size=MAX_BODY_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        # The log is ours (middleware.py), and so is what a proxy says of the client (addresses.py).
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


def _allow_many_connections() -> None:
    """Raise the soft limit of open files, which is often 1024, to the hard one: each subscriber is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:  # macOS says that there is none, and refuses to be asked for that
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m almoner_graphql.server", description=__doc__)
    parser.add_argument("--host", required=True, help="the address to listen on")
    parser.add_argument("--port", required=True, type=int, help="the port to listen on")
    parser.add_argument("--workers", required=True, type=int, help="processes")
    parser.add_argument("target", help="what makes the application: `module:function`")
    return parser.parse_args()


if __name__ == "__main__":
    main()
