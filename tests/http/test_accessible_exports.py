"""What others' programs say of the pages that we export: whether they are accessible, and valid HTML."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.committees.building import make_chamber, make_meeting
from tests.committees.furnishing import furnish

from almoner.committees.status import MeetingStatus
from almoner_graphql.exports.html import TEMPLATES

pytestmark = pytest.mark.anyio

PATIENCE = 60
HOSTILE = '<img src=x onerror="alert(1)"> & </dl> <h1>שלום</h1> 😀'
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


def checked(node: Any, files: list[Path]) -> dict[str, Any]:
    """What is wrong with each page."""
    command = node("pages.js", *map(str, files))
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.node
async def test_exported_pages_are_accessible_and_valid(client, tenant, node, scratch):
    chamber = await make_chamber(tenant)
    meeting = await make_meeting(
        chamber,
        status=MeetingStatus.MINUTES_APPROVED,
        present=("chair", "member1"),
        items=("Vision", "Governance", HOSTILE),
        private=("Governance",),
    )
    await furnish(meeting, HOSTILE)
    bare = await make_meeting(chamber, status=MeetingStatus.CANCELLED, items=())
    files: list[Path] = []
    for id_, name in ((meeting.meeting, "agenda"), (meeting.meeting, "minutes"), (bare.meeting, "agenda")):
        headers = {"Authorization": f"Bearer {chamber.token('member1')}"}
        response = await client.get(f"/meetings/{id_}/{name}.html", headers=headers)
        assert response.status_code == 200
        files.append(scratch / f"{len(files)}.html")
        files[-1].write_bytes(response.content)
    found = checked(node, files)
    assert len(found) == len(files)
    for each in found.values():
        assert (each["violations"], each["incomplete"], each["invalid"]) == ([], [], [])
        assert {"html-has-lang", "document-title", "landmark-one-main", "heading-order", "region"} <= {*each["passed"]}
    assert {"td-headers-attr", "link-name"} <= {*found[str(files[0])]["passed"]}


@pytest.mark.node
def test_a_page_with_faults_is_told(node, scratch):
    page = scratch / "bad.html"
    page.write_text("<!DOCTYPE html><html><head><title>x</title></head><body><h3>x</h3><img src=x></p></body></html>")
    (found,) = checked(node, [page]).values()
    assert {"html-has-lang", "image-alt"} <= {each["id"] for each in found["violations"]}
    assert "close-order" in {each["ruleId"] for each in found["invalid"]}


def luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    digits = "".join(digit * 2 for digit in colour) if len(colour) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["style.css", "document.typ"])
def test_all_colours_of_text_stand_out_from_all_that_is_behind_them(name):
    style = (TEMPLATES / name).read_text(encoding="utf-8")
    if name.endswith("css"):
        texts = set(re.findall(r"(?:--ink|--link|[; {]color): ?#([0-9a-f]{3,6})\b", style))
    else:
        texts = set(re.findall(r'(?:ink|grey) = rgb\("#(\w+)"\)|text\(fill: rgb\("#(\w+)"\)\)', style))
        texts = {one or other for one, other in texts}
    behind = set(re.findall(r'(?:background: |--shade: |fill: rgb\("|\{ rgb\(")#(\w{3,6})', style)) - texts
    assert len(texts) >= 3
    assert len(behind) >= 2
    for text in texts:
        for back in behind | {"fff"}:
            light, dark = sorted((luminance(text), luminance(back)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= LEAST_CONTRAST, (text, back)
