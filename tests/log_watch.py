"""A pytest plugin that reads every log line of a run, and fails the run if one tells a secret or a person's number.

Lines of this process are looked at as they are written, at DEBUG; those of servers and workers, which have the same
level, when the run ends. What is looked for: every password that was hashed or checked in this process, and whatever
looks like one of our tokens, secrets, codes and hashes, or like the number of a person or a provider.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Iterable
from functools import wraps
from itertools import chain
from pathlib import Path
from typing import Any

import argon2
import pytest
import structlog

from almoner.core.logs import configure_logs

#: Shorter ones would be found in other words.
SHORTEST_PASSWORD = 12
_ALONE = r"(?<![\w.-]){}(?![\w-])(?!\.\d)"
PATTERNS = {
    "a JWT": re.compile(r"eyJ[\w-]{8,}\.[\w-]*\.[\w-]+"),
    # 32 random bytes: refresh tokens, one-time tokens, clients' secrets. A name has no capitals or no digits.
    "a random secret": re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[A-Za-z0-9_-]{43}(?![\w-])"),
    "an authenticator's secret": re.compile(r"otpauth://|\b(?=[A-Z2-7]*\d)[A-Z2-7]{32}\b"),
    "a recovery code": re.compile(r"\b[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}\b"),
    "a password's hash": re.compile(r"\$argon2"),
    # Days have 4-2-2 digits, and no group of a UUID has 2 or 3: neither is taken for one of these.
    "a social security number": re.compile(_ALONE.format(r"\d{3}-\d{2}-\d{4}")),
    "a taxpayer's number": re.compile(_ALONE.format(r"\d{2}-\d{7}")),
    "a provider's number": re.compile(_ALONE.format(r"[12]\d{9}")),
}
#: Logs of the other side, which is none of ours: it may say what it got.
THEIRS = ("websockets.client",)
#: Folders of other people's processes: an OpenID provider and brokers that tests start. Their logs are not ours.
OTHERS = ("provider", "redis", "rabbitmq")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def is_npi(text: str) -> bool:
    """Whether ten digits are a National Provider Identifier: Luhn's check over 80840 and the digits.

    Nine of ten other numbers, seconds since 1970 among them, are none.
    """
    digits = [int(digit) for digit in "80840" + text]
    doubled = [sum(divmod(digit * 2, 10)) if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


class LogWatch:
    """What was found so far, without the secrets themselves."""

    def __init__(self) -> None:
        self.passwords: set[str] = set()
        self.found: list[str] = []

    def remember(self, password: str | bytes) -> None:
        """From now on no line may have this password."""
        text = password.decode("utf-8", "surrogatepass") if isinstance(password, bytes) else password
        if len(text) >= SHORTEST_PASSWORD:
            self.passwords.add(text)

    def look_at(self, text: str, where: str) -> None:
        """Look at some lines."""
        for line in _COLOURS.sub("", text).splitlines():
            for kind, told in self._told(line):
                shown = line.replace(told, "…")[:300]
                self.found.append(f"{kind} in a log line of {where}: {shown}")

    def _told(self, line: str) -> Iterable[tuple[str, str]]:
        # A copy, for threads that hash.
        yield from (("a password", password) for password in [*self.passwords] if password in line)
        for kind, pattern in PATTERNS.items():
            for match in pattern.finditer(line):
                if kind != "a provider's number" or is_npi(match[0]):
                    yield kind, match[0]

    def look_at_files(self, folder: Path) -> None:
        """Look at what the processes of a run have written: see the fixture `running`."""
        for path in folder.glob("*/output.log"):
            if not path.parent.name.startswith(OTHERS):
                self.look_at(path.read_text(errors="replace"), str(path))
        for path in folder.glob("*/output.txt"):
            # The demo tells its user passwords on purpose; its log is JSON.
            lines = [line for line in path.read_text(errors="replace").splitlines() if line.startswith("{")]
            self.look_at("\n".join(lines), str(path))


WATCH = LogWatch()


def _here() -> str:
    return os.environ.get("PYTEST_CURRENT_TEST", "no test")


class _Printed:
    """structlog's own logger for who has configured nothing, with a look at each line."""

    def __getattr__(self, name: str) -> Any:
        def say(line: str) -> None:
            WATCH.look_at(line, _here())
            getattr(structlog.PrintLogger(), name)(line)

        return say


def _watch_records() -> None:
    make = logging.getLogRecordFactory()

    @wraps(make)
    def watched(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if not record.name.startswith(THEIRS):
            trace = traceback.format_exception(*record.exc_info) if record.exc_info else ()
            WATCH.look_at("\n".join(chain([record.getMessage()], trace)), _here())
        return record

    logging.setLogRecordFactory(watched)


def _watch_passwords() -> None:
    for name in ("hash", "verify"):
        do = getattr(argon2.PasswordHasher, name)

        def watched(self: Any, *args: Any, _do: Any = do, **kwargs: Any) -> Any:
            WATCH.remember(args[-1])
            return _do(self, *args, **kwargs)

        setattr(argon2.PasswordHasher, name, wraps(do)(watched))


def pytest_configure() -> None:
    """Log as the product does at DEBUG, but to where pytest wants it."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    configure_logs("DEBUG")
    root.handlers[:] = handlers
    structlog.reset_defaults()
    structlog.configure(logger_factory=lambda *_names: _Printed())
    _watch_records()
    _watch_passwords()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Look at the files of the run, and fail it if anything was found."""
    factory: Any = getattr(session.config, "_tmp_path_factory", None)
    if factory is not None:
        WATCH.look_at_files(factory.getbasetemp())
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["log_watch"] = WATCH.found
    if WATCH.found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what one of several processes has found; see pytest-xdist."""
    WATCH.found += getattr(node, "workeroutput", {}).get("log_watch", [])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell what was found."""
    if WATCH.found:
        terminalreporter.section("what no log line may tell", red=True, bold=True)
        for each in dict.fromkeys(WATCH.found):
            terminalreporter.write_line(each)
