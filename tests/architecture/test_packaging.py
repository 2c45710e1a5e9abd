"""What the packaging files promise, as far as reading them can show it."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TOP_LEVEL = ("platform", "graphql", "policies", "workers", "migrations", "tests")
PINNED = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==[^\s;]+( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """(instruction, arguments) of each line, continued lines joined, comments dropped."""
    text = re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(word, " ".join(rest.split())) for word, rest in lines]


@pytest.fixture(scope="module")
def final_stage() -> list[tuple[str, str]]:
    found = instructions((ROOT / "Dockerfile").read_text())
    last_from = max(index for index, (word, _) in enumerate(found) if word == "FROM")
    return found[last_from:]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services: dict[str, Any] = loaded["services"]
    return services


def lock_sections() -> dict[str, list[str]]:
    """Section name -> package names of `requirements.lock`, in its order."""
    sections: dict[str, list[str]] = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if heading := re.fullmatch(r"# --- (\w+) ---", line):
            names = sections.setdefault(heading[1], [])
        elif pin := PINNED.fullmatch(line):
            names.append(pin["name"])
    return sections


def test_every_image_is_pinned_by_tag() -> None:
    images = [
        arguments.split()[0] for word, arguments in instructions((ROOT / "Dockerfile").read_text()) if word == "FROM"
    ]
    assert images
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", image) for image in images)


def test_image_runs_as_an_ordinary_user(final_stage: list[tuple[str, str]]) -> None:
    users = [arguments for word, arguments in final_stage if word == "USER"]
    assert users, "without USER the container runs as root"
    # A number: orchestrators that refuse root cannot tell from a name.
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", users[-1])


def test_image_asks_the_health_endpoint(final_stage: list[tuple[str, str]]) -> None:
    checks = [arguments for word, arguments in final_stage if word == "HEALTHCHECK"]
    assert len(checks) == 1
    assert "http://127.0.0.1:8000/healthz" in checks[0]
    # The slim image has no curl.
    assert 'CMD ["python", "-c",' in checks[0]


def test_image_is_the_command_line_and_serves_unless_told_otherwise(final_stage: list[tuple[str, str]]) -> None:
    assert ("ENTRYPOINT", '["almoner"]') in final_stage
    assert ("CMD", '["serve", "--host", "0.0.0.0"]') in final_stage


def test_image_installs_only_by_hash_and_leaves_the_tools_behind(final_stage: list[tuple[str, str]]) -> None:
    installs = re.findall(r"pip install ([^&\n]+)", (ROOT / "Dockerfile").read_text())
    assert all("--require-hashes" in one or one.startswith("--no-deps --no-build-isolation .") for one in installs)
    copied = [arguments for word, arguments in final_stage if word == "COPY"]
    assert copied == ["--from=build /opt/almoner /opt/almoner"]


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml"])
def test_no_password_is_written_down(file: str) -> None:
    for name, value in re.findall(r"(\w*(?:PASS|PASSWORD|SECRET|TOKEN))(?:=|: )(\S+)", (ROOT / file).read_text()):
        assert value.startswith("${") or value == "…", f"{file}: {name} has a value"
    for password in re.findall(r"://\w+:([^@\s]+)@", (ROOT / file).read_text()):
        assert re.match(r"\$\{\w+:\?", password), f"{file}: an address with a password in it"


def test_dockerignore_lets_in_only_what_is_named() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        source
        for word, arguments in instructions((ROOT / "Dockerfile").read_text())
        if word == "COPY" and not arguments.startswith("--from")
        for source in arguments.split()[:-1]
    }
    assert copied == allowed


def test_compose_runs_one_image_by_three_commands(services: dict[str, Any]) -> None:
    ours = {name: service for name, service in services.items() if service["image"] == "almoner"}
    assert {name: service["command"][0] for name, service in ours.items()} == {
        "migrate": "migrate",
        "api": "serve",
        "worker": "work",
    }
    # What does not serve requests must not be asked for its health over HTTP.
    assert all(ours[name]["healthcheck"] == {"disable": True} for name in ("migrate", "worker"))
    assert "healthcheck" not in ours["api"]


def test_compose_migrates_before_it_serves(services: dict[str, Any]) -> None:
    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    for name in ("api", "worker"):
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "broker": {"condition": "service_healthy"},
        }


def test_compose_gives_the_superuser_to_migrate_only(services: dict[str, Any]) -> None:
    for name in ("api", "worker"):
        environment = services[name]["environment"]
        assert environment["ALMONER_DATABASE_URL"].startswith("postgresql://almoner_app:")
        assert "POSTGRES_PASSWORD" not in str(environment)
        assert "ALMONER_MIGRATION_URL" not in environment
    assert "keys:/var/lib/almoner" in services["api"]["volumes"]


def test_every_locked_version_has_its_hashes() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    for number, line in enumerate(lines, start=1):
        assert line.startswith("# --- ") or PINNED.fullmatch(line) or HASH.fullmatch(line), f"line {number}: {line}"
    pins = [index for index, line in enumerate(lines) if PINNED.fullmatch(line)]
    assert all(HASH.fullmatch(lines[index + 1]) for index in pins)


def test_lock_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "index-url" not in lock
    assert "find-links" not in lock


def test_lock_sections_are_what_the_image_is_cut_from() -> None:
    sections = lock_sections()
    assert list(sections) == ["runtime", "build", "development"]
    names = [name for section in sections.values() for name in section]
    assert len(names) == len(set(names))
    assert {"starlette", "asyncpg", "dramatiq"} <= set(sections["runtime"])
    assert {"hatchling", "editables"} <= set(sections["build"])
    assert {"pytest", "mypy", "ruff"} <= set(sections["development"])


def test_every_declared_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    sections = lock_sections()

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower() for requirement in requirements}

    assert names(project["dependencies"]) <= set(sections["runtime"])
    everything = {name for section in sections.values() for name in section}
    assert names(project["optional-dependencies"]["dev"]) <= everything


@pytest.mark.parametrize("folder", TOP_LEVEL)
def test_top_level_folder_is_not_a_package(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists(), (
        f"{folder}/__init__.py makes `{folder}` importable from the root: `python -m pytest` there would then import "
        "our platform/ instead of the standard library's and our graphql/ instead of graphql-core's. "
        "Each top-level folder is a source root that holds one package."
    )


def test_platform_and_graphql_stay_what_they_were() -> None:
    """`python -c` puts the current folder first on the path, as `python -m pytest` does."""
    command = [sys.executable, "-c", "import platform, graphql; print(platform.__file__); print(graphql.__file__)"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    paths = sysconfig.get_paths()
    assert Path(output[0]) == Path(paths["stdlib"]) / "platform.py"
    assert Path(output[1]) == Path(paths["purelib"]) / "graphql" / "__init__.py"
