"""What tests of workers need: packages, real workers, and the figures that there are."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from almoner.rates.submit import submit_rate_development
from almoner.rates.synthetic import synthetic

RawPackage = dict[str, Any]


@pytest.fixture(scope="session")
def package() -> RawPackage:
    """The SFY10 letter: parsing, tie-out and storing take comparable times."""
    text = files("almoner.rates").joinpath("samples", "sfy10-package.json").read_text(encoding="utf-8")
    raw: RawPackage = json.loads(text)
    return raw


@pytest.fixture(scope="session")
def large_package() -> RawPackage:
    """One that keeps a worker busy for seconds."""
    return synthetic(100, 20)


class Filed(NamedTuple):
    """A development and its calculation job."""

    id: UUID
    job_id: UUID


Submit = Callable[[RawPackage], Awaitable[Filed]]


@pytest.fixture
def submit(tenant: Any) -> Submit:
    """Files a package as the tenant's integrator."""

    async def file(raw: RawPackage) -> Filed:
        development, job = await tenant.do("integrator", submit_rate_development, raw)
        return Filed(development.id, job.id)

    return file


class Stored(NamedTuple):
    """What is stored of a development: its status, how many figures, of how many ordinals, and a digest of these."""

    status: str
    figures: int
    ordinals: int
    digest: str | None


_STORED = """
    select development.status, count(figure.id) as figures, count(distinct figure.ordinal) as ordinals,
        md5(string_agg(
            concat_ws('|', figure.ordinal, figure.value, figure.display, figure.formula, figure.inputs::text,
                figure.tie_out, figure.repair, figure.support::text),
            ';' order by figure.ordinal
        )) as digest
    from almoner.rate_development development
    join almoner.rate_revision revision on revision.development_id = development.id
    left join almoner.rate_figure figure on figure.revision_id = revision.id
    where development.id = %s
    group by development.status
"""


@pytest.fixture
def stored(watch: Any) -> Callable[[UUID], Stored]:
    """Reads what is stored of a development."""
    return lambda development_id: Stored(*watch.connection.execute(_STORED, (development_id,)).fetchone())


@pytest.fixture(scope="module")
def workers(start_workers: Any) -> Iterator[Any]:
    """Real workers for the module's tests; none run while other modules look at jobs themselves."""
    with start_workers() as workers:
        yield workers
