"""A run whose logs tell a secret fails: shown by runs of pytest with a line planted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.log_watch import LogWatch, is_npi

ROOT = Path(__file__).parents[2]
PASSWORD = "an unusual password of this test"
JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
SECRETS = {
    "a JWT": f"Authorization: Bearer {JWT}",
    "a random secret": '{"event": "rotated", "to": "Zm9v-mFyXzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU"}',
    "an authenticator's secret": "secret JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "a recovery code": "codes=['ABCD-EFGH-2345-WXYZ']",
    "a password's hash": "hash=$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
    "a social security number": "subscriber 123-45-6789 denied",
    "a taxpayer's number": '{"tin": "12-3456789"}',
    "a provider's number": "provider 1234567893.",
}
CLEAN = [
    '{"timestamp": "2026-11-22T03:04:05.123456Z", "id": "0190a1b2-4567-7123-8123-123456789012", "pid": 1234567}',
    "at 1795312345.25, seconds 1234567890, 3.1234567893, t12-3456789, 2026-11-22",
    "create index sign_in_session_tenant_id_expires_at_id_idx_2 on almoner.sign_in_session",
    "policy 7f3c9a0e2b+12; sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
]
WAYS = {
    "our own log": "structlog.stdlib.get_logger('x').debug('said', what={line!r})",
    "a library's log, at DEBUG": "logging.getLogger('some.library').debug('said %s', {line!r})",
    "an error": "try:\n        raise ValueError({line!r})\n    except ValueError:\n        logging.exception('failed')",
    "a process": "tmp_path_factory.mktemp('workers').joinpath('output.log').write_text({line!r})",
    "the demo's log": "tmp_path_factory.mktemp('demo').joinpath('output.txt').write_text('{{' + {line!r})",
}


def run_of(folder: Path, body: str) -> tuple[int, str]:
    """The exit status and the output of a run of one test that does this."""
    test = folder / "test_planted.py"
    imports = "import argon2\nimport logging\nimport structlog\n"
    test.write_text(f"{imports}\ndef test_planted(tmp_path_factory):\n    {body}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.log_watch", "-p", "no:cacheprovider"]
    command += ["-c", "/dev/null", "--rootdir", str(folder), "--basetemp", str(folder / "temporary"), str(test)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_a_planted_line_fails_the_run(scratch, way):
    status, output = run_of(scratch, WAYS[way].format(line=SECRETS["a JWT"]))
    assert status == 1, output
    assert "1 passed" in output
    assert "a JWT in a log line of" in output
    assert JWT not in output.partition("what no log line may tell")[2]


def test_a_password_that_was_hashed_fails_the_run(scratch):
    body = f"argon2.PasswordHasher().hash({PASSWORD!r})\n    logging.info('who says %s', {PASSWORD!r})"
    status, output = run_of(scratch, body)
    assert status == 1, output
    assert "a password in a log line of test_planted.py::test_planted" in output


def test_a_run_that_tells_nothing_passes(scratch):
    lines = "\n    ".join(WAYS[way].format(line="; ".join(CLEAN)) for way in ("our own log", "an error", "a process"))
    status, output = run_of(scratch, lines)
    assert status == 0, output


@pytest.mark.parametrize("kind", SECRETS)
def test_each_kind_of_secret_is_noticed(kind):
    watch = LogWatch()
    watch.look_at(f"\x1b[36m{SECRETS[kind]}\x1b[0m", "here")
    assert [found.partition(" in a log line")[0] for found in watch.found] == [kind]


@pytest.mark.parametrize("line", CLEAN)
def test_what_only_looks_a_little_like_one_is_let_go(line):
    watch = LogWatch()
    watch.look_at(line, "here")
    assert watch.found == []


@pytest.mark.parametrize(("number", "is_one"), [("1234567893", True), ("1234567890", False), ("1245319599", True)])
def test_a_providers_number_has_a_check_digit(number, is_one):
    assert is_npi(number) is is_one
