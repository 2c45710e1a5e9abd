"""The document that is attached to a paper: what is taken, attaching it, and reading it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import exists, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.papers import get_unpublished_paper
from almoner.committees.tables import Paper, PaperDocument
from almoner.core.errors import Invalid, NotFound, Problem
from almoner.core.ids import new_id
from almoner.core.scope import TenantScope
from almoner.core.texts import text_problems

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 200
_WITHOUT_CONTENT = defer(PaperDocument.content, raiseload=True)  # type: ignore[arg-type]
_OFFICE = "application/vnd.openxmlformats-officedocument"
#: The media types that are taken, and how the names of such files end. Never what a browser would run.
MEDIA_TYPES = {
    "application/pdf": ".pdf",
    f"{_OFFICE}.wordprocessingml.document": ".docx",
    f"{_OFFICE}.spreadsheetml.sheet": ".xlsx",
    f"{_OFFICE}.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "text/plain": ".txt",
}


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What somebody wants to attach.

    Attributes:
        name: a file name, without folders.
        media_type: one of `MEDIA_TYPES`, without parameters.
    """

    name: str
    media_type: str
    content: bytes


def document_problems(name: str, media_type: str) -> list[Problem]:
    """What is wrong with the name and type of a document, before its content is looked at."""
    if media_type not in MEDIA_TYPES:
        taken = ", ".join(ending.removeprefix(".") for ending in MEDIA_TYPES.values())
        return [Problem("MEDIA_TYPE_NOT_TAKEN", f"Attach one of {taken}, with its media type.", ("mediaType",))]
    problems = text_problems(name, MAX_NAME, ("name",))
    ending = MEDIA_TYPES[media_type]
    if any(not each.isprintable() or each in '/\\"' for each in name) or name != name.strip():
        message = 'A file name has no folders, no quotation marks ("), and no control characters.'
        problems.append(Problem("BAD_FILE_NAME", message, ("name",)))
    elif len(name) <= len(ending) or not name.lower().endswith(ending) or name.startswith("."):
        problems.append(Problem("BAD_FILE_NAME", f"The name of such a file ends with {ending}.", ("name",)))
    return problems


async def insist_on_attaching(scope: TenantScope, paper_id: UUID) -> None:
    """Refuse a document that could not be attached, before it is taken in.

    Raises:
        NotFound, Denied, Conflict: as in `attach_document`.
    """
    await get_unpublished_paper(scope, paper_id, Permission.PAPER_WRITE)


async def attach_document(scope: TenantScope, paper_id: UUID, document: NewDocument) -> PaperDocument:
    """Attach a document to a paper, in place of the one before, until the agenda is published.

    The same file twice is one row: the same content under the same name, in one committee. The content of one that no
    paper names any more is not kept.

    Raises:
        NotFound: no such paper that the viewer may see.
        Denied: the viewer lacks `paper:write` for it.
        Invalid: a bad name, a media type that is not taken, or no content, or too much.
        Conflict: the paper is published or withdrawn, or its meeting was called off.
    """
    paper = await get_unpublished_paper(scope, paper_id, Permission.PAPER_WRITE)
    problems = document_problems(document.name, document.media_type)
    if not 0 < len(document.content) <= MAX_BYTES:
        problems.append(Problem("BAD_SIZE", f"A document has from 1 to {MAX_BYTES} bytes.", ("content",)))
    if problems:
        raise Invalid(problems)
    stored = await _store(scope, paper.committee_id, document)
    before, paper.document_id = paper.document_id, stored.id
    await scope.session.flush()
    if before not in (None, stored.id):
        await _empty(scope, before)
    scope.record("paper.document_attached", paper, digest=stored.digest, size=stored.size)
    return stored


async def _store(scope: TenantScope, committee_id: UUID, document: NewDocument) -> PaperDocument:
    """The row of a file; two who bring the same one at one instant share it."""
    values = {
        "tenant_id": scope.tenant_id,
        "committee_id": committee_id,
        "digest": sha256(document.content).hexdigest(),
        "name": document.name,
        "media_type": document.media_type,
    }
    new = {
        **values,
        "id": new_id(),
        "size": len(document.content),
        "content": document.content,
        "uploaded_by": scope.viewer.subject_id,
        "uploaded_at": scope.now(),
    }
    # Whoever brings a file again gives it back its content, if it was emptied meanwhile.
    storing = (
        insert(PaperDocument)
        .values(new)
        .on_conflict_do_update(constraint="paper_document_same_file_key", set_={"content": document.content})
    )
    await scope.session.execute(storing)
    query = select(PaperDocument).where(*(col(getattr(PaperDocument, name)) == each for name, each in values.items()))
    return (await scope.session.execute(query.options(_WITHOUT_CONTENT))).scalar_one()


async def _empty(scope: TenantScope, document_id: UUID) -> None:
    """Drop the content of a document that no paper names any more; its row stays, as rows do.

    One that somebody else attaches at this moment is left alone: its row is locked, and it will be named.
    """
    held = select(PaperDocument.id).where(
        col(PaperDocument.tenant_id) == scope.tenant_id, col(PaperDocument.id) == document_id
    )
    if (await scope.session.execute(held.with_for_update(skip_locked=True))).scalar_one_or_none() is None:
        return
    named = exists().where(col(Paper.tenant_id) == scope.tenant_id, col(Paper.document_id) == document_id)
    emptied = update(PaperDocument).where(
        col(PaperDocument.tenant_id) == scope.tenant_id, col(PaperDocument.id) == document_id, ~named
    )
    await scope.session.execute(emptied.values(content=b""))


async def find_document(scope: TenantScope, document_id: UUID) -> PaperDocument:
    """A document without its content (see `content_of`), for who may see a paper that it is attached to.

    Raises:
        NotFound: there is none, or none that the viewer may see.
    """
    seen = exists().where(
        col(Paper.tenant_id) == scope.tenant_id,
        col(Paper.document_id) == document_id,
        scope.rows(Permission.PAPER_VIEW, Paper),
    )
    query = (
        select(PaperDocument)
        .where(col(PaperDocument.tenant_id) == scope.tenant_id, col(PaperDocument.id) == document_id, seen)
        .options(_WITHOUT_CONTENT)
    )
    found = (await scope.session.execute(query)).scalar_one_or_none()
    if found is None:
        raise NotFound("There is nothing with this id.")
    return found


async def content_of(scope: TenantScope, document: PaperDocument) -> bytes:
    """The content of a document that the viewer may see."""
    query = select(PaperDocument.content).where(
        col(PaperDocument.tenant_id) == scope.tenant_id, col(PaperDocument.id) == document.id
    )
    return (await scope.session.execute(query)).scalar_one()
