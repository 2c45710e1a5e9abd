"""Authenticators: RFC 6238's own values, codes that are good once, recovery codes, and what the database reveals."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pyotp
import pytest
from sqlalchemy import text

from almoner.core.errors import SignInRefused
from almoner.core.ids import new_id
from almoner.identity.authenticators import step_at
from almoner.identity.enrol import (
    confirm_authenticator,
    enrol_authenticator,
    remove_authenticator,
    renew_recovery_codes,
    reset_authenticator,
)
from almoner.identity.guard import FREE_FAILURES
from almoner.identity.prove import Credentials
from almoner.identity.sealing import CannotOpen, SealingKeys, load_sealing_keys
from almoner.identity.sign_in import sign_in
from almoner.identity.step_up import step_up

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"
ADDRESS = "actuary@agency.example"
WHO = new_id()


class Device:
    """A person's device, and the person."""

    def __init__(self, tenant, time):
        self.tenant, self.house, self.time = tenant, tenant.house, time
        self.identity = tenant.identities["actuary"]
        self.secret = ""
        self.recovery_codes: tuple[str, ...] = ()

    def code(self, steps=0):
        return pyotp.TOTP(self.secret).at(self.time.now, counter_offset=steps)

    async def enrol(self):
        made = await enrol_authenticator(self.house, self.identity, Credentials(PASSWORD), request_id="test")
        self.secret = made.secret
        return made

    async def confirm(self, code=None):
        given = Credentials(PASSWORD, code or self.code())
        self.recovery_codes = await confirm_authenticator(self.house, self.identity, given, request_id="test")

    async def sign_in(self, code=None, password=PASSWORD):
        given = Credentials(password, code)
        made = await sign_in(self.house, tenant=self.tenant.code, email=ADDRESS, given=given, request_id="test")
        return self.house.keys.verify(made.text, self.time.now).identity.proof

    async def do(self, verb, code):
        return await verb(self.house, self.identity, Credentials(PASSWORD, code), request_id="test")


@pytest.fixture
def device(tenant, time):
    return Device(tenant, time)


@pytest.fixture
async def enrolled(device):
    """A device that is confirmed, half a minute ago."""
    await device.enrol()
    await device.confirm()
    device.time.passes(seconds=30)
    return device


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
async def test_codes_are_those_of_the_rfc(seconds, code):
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert pyotp.TOTP(secret).generate_otp(step_at(datetime.fromtimestamp(seconds, UTC))) == code


async def test_a_device_counts_from_its_confirmation_on(device, refusal):
    made = await device.enrol()
    assert made.uri.startswith("otpauth://totp/Almoner:actuary%40agency.example?secret=")
    assert (await device.sign_in()).factors == {"pwd"}
    assert await refusal(device.confirm("000000" if device.code() != "000000" else "111111")) == "WRONG_CODE"
    assert (await device.sign_in()).factors == {"pwd"}
    await device.confirm()
    assert await refusal(device.sign_in()) == "CODE_REQUIRED"
    device.time.passes(seconds=30)
    assert (await device.sign_in(device.code())).factors == {"pwd", "otp"}
    assert await refusal(device.enrol()) == "CODE_REQUIRED"


async def test_without_the_password_a_code_says_nothing(enrolled, refusal):
    assert await refusal(enrolled.sign_in(enrolled.code(), "wrong")) == "WRONG_CREDENTIALS"
    assert await refusal(enrolled.sign_in(None, "wrong")) == "WRONG_CREDENTIALS"


async def test_a_code_is_good_once_and_older_ones_with_it(enrolled, refusal):
    code, older, next_one = enrolled.code(), enrolled.code(-1), enrolled.code(1)
    await enrolled.sign_in(code)
    assert await refusal(enrolled.sign_in(code)) == "WRONG_CODE"
    assert await refusal(enrolled.sign_in(older)) == "WRONG_CODE"
    assert await refusal(enrolled.do(step_up, code)) == "WRONG_CODE"
    await enrolled.sign_in(next_one)


async def test_the_code_of_the_confirmation_is_used_up_too(device, refusal):
    await device.enrol()
    await device.confirm()
    assert await refusal(device.sign_in(device.code())) == "WRONG_CODE"


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_clocks_may_differ_by_a_step(enrolled, steps, good):
    enrolled.time.passes(minutes=5)
    try:
        await enrolled.sign_in(enrolled.code(steps))
    except SignInRefused:
        assert not good
    else:
        assert good


async def test_wrong_codes_lock_like_wrong_passwords(enrolled, refusal):
    for _ in range(FREE_FAILURES):
        assert await refusal(enrolled.sign_in("no code")) == "WRONG_CODE"
    assert await refusal(enrolled.sign_in(enrolled.code())) == "WRONG_CREDENTIALS"
    enrolled.time.passes(minutes=1)
    assert await enrolled.sign_in(enrolled.code())


@pytest.mark.parametrize("code", ["١٢٣٤٥٦", "\0", "\ud800", "1234567", "12345", "x" * 10_000])
async def test_strange_codes_are_wrong_codes(enrolled, refusal, code):
    assert await refusal(enrolled.sign_in(code)) == "WRONG_CODE"


async def test_a_recovery_code_is_good_once_however_it_is_written(enrolled, refusal):
    assert len(set(enrolled.recovery_codes)) == 10
    first, second = enrolled.recovery_codes[:2]
    assert (await enrolled.sign_in(first)).factors == {"pwd", "rec"}
    assert await refusal(enrolled.sign_in(first)) == "WRONG_CODE"
    assert await enrolled.sign_in(second.lower().replace("-", " "))


async def test_renewed_recovery_codes_make_the_old_ones_worthless(enrolled, refusal):
    codes = await enrolled.do(renew_recovery_codes, enrolled.code())
    assert await refusal(enrolled.sign_in(enrolled.recovery_codes[0])) == "WRONG_CODE"
    assert await enrolled.sign_in(codes[0])


async def test_a_removed_device_is_needed_no_more_and_another_one_can_be_enrolled(enrolled, refusal):
    assert await refusal(enrolled.do(remove_authenticator, "x")) == "WRONG_CODE"
    old = enrolled.secret
    await enrolled.do(remove_authenticator, enrolled.code())
    assert (await enrolled.sign_in()).factors == {"pwd"}
    assert await refusal(enrolled.do(remove_authenticator, enrolled.code())) == "NO_AUTHENTICATOR"
    assert await refusal(enrolled.confirm()) == "NO_AUTHENTICATOR"
    await enrolled.enrol()
    assert enrolled.secret != old
    await enrolled.confirm()
    assert await refusal(enrolled.sign_in(enrolled.recovery_codes[0].swapcase() + "x")) == "WRONG_CODE"


async def test_an_administrator_takes_a_lost_device_away(enrolled, refusal, entries):
    tenant, mine = enrolled.tenant, enrolled.identity.subject_id
    assert await refusal(tenant.do("auditor", reset_authenticator, mine, reason="r")) == "DENIED"
    await tenant.do("program_administrator", reset_authenticator, mine, reason="lost the phone")
    assert (await enrolled.sign_in()).factors == {"pwd"}
    again = tenant.do("program_administrator", reset_authenticator, mine, reason="r")
    assert await refusal(again) == "NO_AUTHENTICATOR"
    kept = str(await entries())
    assert "lost the phone" in kept
    assert enrolled.secret not in kept


async def test_a_sealed_secret_opens_for_its_owner_with_its_key_only(enrolled):
    tenant = enrolled.tenant
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        sealed = (await session.execute(text("select sealed_secret from almoner.authenticator"))).scalar_one()
    mine = {"tenant_id": tenant.id, "purpose": "totp", "owner": enrolled.identity.subject_id}
    sealing = tenant.house.sealing
    assert sealing.open(sealed, **mine) == enrolled.secret
    others = [{**mine, "owner": tenant.id}, {**mine, "purpose": "x"}, {**mine, "tenant_id": mine["owner"]}]
    for other in others:
        with pytest.raises(CannotOpen):
            sealing.open(sealed, **other)
    changed = sealed[:-3] + ("AAA" if not sealed.endswith("AAA") else "BBB")
    for broken in (changed, sealed.partition(".")[2], "x.y", f"{sealed.partition('.')[0]}.é", ""):
        with pytest.raises(CannotOpen):
            sealing.open(broken, **mine)


async def test_a_new_sealing_key_opens_what_the_old_one_sealed(scratch, tenant):
    path = scratch / "sealing-keys.json"
    old = load_sealing_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    mine = {"tenant_id": tenant.id, "purpose": "totp", "owner": tenant.id}
    sealed = old.seal("a secret", **mine)
    kept = json.loads(path.read_text())["keys"]
    fresh = load_sealing_keys(scratch / "other.json")
    added = json.loads((scratch / "other.json").read_text())["keys"]
    path.write_text(json.dumps({"keys": added + kept}))
    rotated = load_sealing_keys(path)
    assert rotated.open(sealed, **mine) == "a secret"
    assert fresh.open(rotated.seal("another", **mine), **mine) == "another"
    with pytest.raises(CannotOpen):
        fresh.open(sealed, **mine)


@pytest.mark.parametrize("content", ['{"keys": []}', '{"keys": [{"kty": "oct", "k": "c2hvcnQ", "kid": "a"}]}'])
def test_a_file_without_sealing_keys_is_refused(scratch, content):
    path = scratch / "keys.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="32 bytes"):
        load_sealing_keys(path)


def test_sealing_the_same_twice_looks_different():
    keys = SealingKeys({"one": b"0" * 32})
    sealed = [keys.seal("x", tenant_id=WHO, purpose="totp", owner=WHO) for _ in range(2)]
    assert sealed[0].partition(".")[0] == sealed[1].partition(".")[0] == "one"
    assert sealed[0] != sealed[1]
