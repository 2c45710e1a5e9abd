"""Documents as tagged PDF (PDF/UA-1), by Typst: a compiled library with its own fonts, which needs nothing installed.

All text goes in as JSON, so none of it is ever markup. The template imports nothing, the library sees one folder and
no network; the same document gives the same bytes.
"""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from hashlib import sha256

import typst

from almoner.core.recent import Recent
from almoner.core.texts import is_blank
from almoner_graphql.errors import ErrorCode, refusal
from almoner_graphql.exports.contents import Document
from almoner_graphql.exports.html import TEMPLATES

#: Documents that are made at the same time in one process.
AT_ONCE = 2
#: Of the JSON that a document is made of: a run takes about a second for so many, cannot be stopped, and keeps others
#: waiting meanwhile.
MAX_CHARACTERS = 300_000
#: Bytes of documents that are kept, for whoever asks for the same again.
KEPT_BYTES = 16 * 1024 * 1024
#: Fonts of a text may lack characters that only come up once others are replaced; it mostly takes one attempt.
_ATTEMPTS = 5
#: Words that are longer than a line, or than a cell of a table, may be broken.
_LONG_WORD, _LONG_IN_A_CELL = re.compile(r"\S{80,}"), re.compile(r"\S{25,}")
_PIECE = re.compile(r".{12}(?=.)")
_ADDRESSES = frozenset({"href", "base"})
_TEMPLATE = TEMPLATES / "document.typ"
_NO_PACKAGES = TEMPLATES
_MISSING = re.compile(r'the text (?:contains the disallowed codepoint )?`"((?:[^"\\]|\\.)*)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Copy:
    """What a PDF document is made of.

    Attributes:
        data: JSON.
        changed_at: seconds; the date in the document.
    """

    data: str
    changed_at: int


def copy_of(document: Document, base: str) -> Copy:
    """What the typesetter is given of a document.

    Args:
        base: what addresses in it begin with, for example `https://api.example`.

    Raises:
        GraphQLError: it is too long.
    """
    footer = f"{document.agency}. From the records as of {document.changed}."
    given = asdict(document) | {"base": base, "footer": footer, "paper": "a4", "changed_at": None}
    data = json.dumps(_breakable(given), ensure_ascii=False)
    if len(data) > MAX_CHARACTERS:
        message = f"A PDF has at most {MAX_CHARACTERS:,} characters, and this would have {len(data):,}: get the HTML."
        raise refusal(ErrorCode.LIMIT_EXCEEDED, message)
    return Copy(data, int(document.changed_at.timestamp()))


class Typesetter:
    """Makes PDF documents, a few at a time; of one process."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._fonts = typst.Fonts(include_system_fonts=False)
        self._kept: Recent[str, bytes] = Recent(KEPT_BYTES, weigh=len)
        self._under_way: dict[str, asyncio.Task[bytes]] = {}

    async def pdf_of(self, copy: Copy) -> bytes:
        """The document. Who asks for one that is being made waits for that; it is made though nobody waits any more."""
        key = sha256(copy.data.encode()).hexdigest()
        known = self._kept.get(key)
        if known is not None:
            return known
        run = self._under_way.get(key)
        if run is None:
            run = self._under_way[key] = asyncio.create_task(self._made(key, copy))
        return await asyncio.shield(run)

    async def _made(self, key: str, copy: Copy) -> bytes:
        try:
            async with self._places:
                made = await asyncio.to_thread(self.compiled, copy.data, copy.changed_at)
            return self._kept.put(key, made)
        finally:
            del self._under_way[key]

    def compiled(self, data: str, changed_at: int) -> bytes:
        """The bytes; characters that no font has are written in words, since PDF/UA leaves out none."""
        for _attempt in range(_ATTEMPTS):
            try:
                return self._compile(data, changed_at, ["ua-1"])
            except typst.TypstError as error:
                missing = missing_in(error.diagnostic)
                if not missing:
                    raise
                data = _spelled_out(data, missing)
        return self._compile(data, changed_at, [])  # tagged too, but with signs for what is missing

    def _compile(self, data: str, changed_at: int, standards: list[typst.PDFStandard]) -> bytes:
        return typst.compile(
            _TEMPLATE,
            root=TEMPLATES,
            font_paths=self._fonts,
            ignore_system_fonts=True,
            sys_inputs={"document": data},
            pdf_standards=standards,
            timestamp=changed_at,
            package_path=_NO_PACKAGES,
            package_cache_path=_NO_PACKAGES,
        )


def _breakable(value: object, long: re.Pattern[str] = _LONG_WORD) -> object:
    """The same with places to break long words; an address stays what it is."""
    if isinstance(value, str):
        return long.sub(lambda word: _PIECE.sub("\\g<0>\u200b", word[0]), value)
    if isinstance(value, list):
        return [_breakable(item, long) for item in value]
    if isinstance(value, dict):
        cells = _LONG_IN_A_CELL if value.get("kind") == "table" else long
        return {key: item if key in _ADDRESSES else _breakable(item, cells) for key, item in value.items()}
    return value


def missing_in(diagnostic: str) -> list[str]:
    """The texts that a refusal says no font has."""
    found = [_ESCAPED.sub(_unescaped, text) for text in _MISSING.findall(diagnostic)]
    return sorted({text for text in found if text}, key=len, reverse=True)


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else match[2]


def _spelled_out(data: str, missing: list[str]) -> str:
    """The same JSON, with these characters as their names: none of them is one that JSON needs."""
    for text in missing:
        data = data.replace(text, "".join(_name(character) for character in text))
    return data


def _name(character: str) -> str:
    if is_blank(character):
        return ""
    name = unicodedata.name(character, "")
    if not name or "-" in name or len(name) > _LONGEST_NAME:
        return f"[U+{ord(character):04X}]"
    return f"[{name.lower()}]"
