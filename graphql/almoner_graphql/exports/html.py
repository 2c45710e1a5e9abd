"""Documents as HTML that everybody can read: no scripts, nothing from elsewhere, one style that its hash allows."""

from __future__ import annotations

import base64
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from almoner_graphql.exports.contents import Block, Document

TEMPLATES = Path(__file__).with_name("templates")
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, auto_reload=False
)
_STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
#: Of every page: only its own style counts.
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def html_of(document: Document) -> bytes:
    """The page. Every text in it is escaped."""
    blocks = _named(document.blocks)
    contents = [block for block in blocks if block.get("id")]
    template = _ENVIRONMENT.get_template("document.html")
    given = {"document": asdict(document), "blocks": blocks, "contents": contents}
    return template.render(**given, style=Markup(_STYLE)).encode()  # noqa: S704  # our own file


def _named(blocks: list[Block]) -> list[Block]:
    """The same with names for headings that the contents lead to."""
    return [
        {**block, "id": f"part-{place}"} if block["kind"] == "heading" and block["level"] == 2 else block
        for place, block in enumerate(blocks)
    ]
