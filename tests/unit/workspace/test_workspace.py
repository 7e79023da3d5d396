"""Holds folders, workspace.toml, floors, type paths, member lists and the list of dependencies to each other."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path
from sys import stdlib_module_names
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
DEPENDENCIES = ROOT / "docs" / "decisions" / "dependencies.md"


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


ROOT_PROJECT = read(ROOT / "pyproject.toml")
WORKSPACE = read(ROOT / "workspace.toml")
SERVICES: dict[str, dict[str, Any]] = WORKSPACE["services"]
SURROUNDINGS = {"broker"}  # what a service may need that is no service


@dataclass(frozen=True, slots=True)
class Member:
    """One distribution of the workspace."""

    folder: Path
    project: dict[str, Any]
    module: str

    @property
    def name(self) -> str:
        name: str = self.project["name"]
        return name

    @property
    def source(self) -> Path:
        return self.folder / "src" / Path(*self.module.split("."))

    @property
    def declared(self) -> set[str]:
        """Distributions that it needs at run time, extras included."""
        extras = self.project.get("optional-dependencies", {}).values()
        lines = [*self.project["dependencies"], *(line for extra in extras for line in extra)]
        return {distribution(line) for line in lines} - {self.name}

    @property
    def imported(self) -> set[str]:
        """Every module that its code names in an import, wherever the import stands."""
        return {module for path in self.source.rglob("*.py") for module in imports(path)}


def distribution(requirement: str) -> str:
    return normal(re.split(r"[\[<>=!~;\s]", requirement, maxsplit=1)[0])


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def imports(path: Path) -> frozenset[str]:
    return frozenset(named(ast.parse(path.read_text())))


@cache
def providers() -> dict[str, set[str]]:
    """Which distributions a top-level module comes from."""
    return {module: {normal(name) for name in names} for module, names in packages_distributions().items()}


def named(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def members() -> list[Member]:
    patterns = ROOT_PROJECT["tool"]["uv"]["workspace"]["members"]
    folders = sorted(folder for pattern in patterns for folder in ROOT.glob(pattern) if folder.is_dir())
    projects = [read(folder / "pyproject.toml") for folder in folders]
    return [
        Member(folder, project["project"], project["tool"]["uv"]["build-backend"]["module-name"])
        for folder, project in zip(folders, projects, strict=True)
    ]


MEMBERS = members()
BY_MODULE = {member.module: member for member in MEMBERS}
each_member = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
each_service = pytest.mark.parametrize("service", sorted(SERVICES))


def owner(module: str) -> str | None:
    """The member that a module of ours belongs to."""
    found = (member.name for name, member in BY_MODULE.items() if f"{module}.".startswith(f"{name}."))
    return next(found, None)


def test_every_service_folder_is_on_the_map_and_the_other_way_round() -> None:
    assert {path.name for path in (ROOT / "services").iterdir() if path.is_dir()} == SERVICES.keys()


def test_module_on_the_map_is_the_one_in_the_folder() -> None:
    assert {name: entry["module"] for name, entry in SERVICES.items()} == {
        member.folder.name: member.module for member in MEMBERS if member.folder.parent.name == "services"
    }


def test_no_two_listeners_share_a_port() -> None:
    ports = [entry[kind] for entry in SERVICES.values() for kind in ("grpc", "metrics", "http") if kind in entry]
    assert len(set(ports)) == len(ports)


@each_service
def test_default_ports_of_a_service_are_those_on_the_map(service: str) -> None:
    text = (BY_MODULE[f"assay.{service}"].source / "config.py").read_text()
    for kind in ("grpc", "metrics", "http"):
        assert kind not in SERVICES[service] or f"127.0.0.1:{SERVICES[service][kind]}" in text


def test_needs_are_known_and_make_no_circle() -> None:
    needs = {name: set(entry["needs"]) - SURROUNDINGS for name, entry in SERVICES.items()}
    assert set(TopologicalSorter(needs).static_order()) == SERVICES.keys()


def test_every_topic_has_a_writer_and_a_reader() -> None:
    written = {topic for entry in SERVICES.values() for topic in entry["writes"]}
    read_by = {topic for entry in SERVICES.values() for topic in entry["reads"]}
    from_outside = {name for name, topic in WORKSPACE["topics"].items() if topic.get("external")}
    for_outside = {"validated", "dead-letters"}
    assert written | from_outside == WORKSPACE["topics"].keys()
    assert read_by | for_outside == WORKSPACE["topics"].keys()


@each_service
def test_service_has_the_rooms_it_must_have(service: str) -> None:
    rooms = {path.name for path in BY_MODULE[f"assay.{service}"].source.glob("*.py")}
    streams = {"pipeline.py"} if SERVICES[service]["reads"] else set()
    assert {"__init__.py", "__main__.py", "config.py"} | streams <= rooms


@each_member
def test_member_is_where_its_name_says_and_is_typed(member: Member) -> None:
    assert (member.source / "py.typed").is_file()
    assert not (member.folder / "src" / "assay" / "__init__.py").exists()


def test_no_check_is_switched_off_without_a_reason() -> None:
    bare = re.compile(r"# (noqa(: [A-Z0-9, ]+)?|type: ignore(\[[a-z, -]+\])?)\s*$")
    folders = ("libs", "services", "examples", "tests", ".ci")
    files = [*(path for folder in folders for path in (ROOT / folder).rglob("*.py")), *(ROOT / "protos").glob("*.py")]
    lines = [(path.name, line) for path in files for line in path.read_text().splitlines()]
    assert [(name, line) for name, line in lines if bare.search(line)] == []


def test_workspace_environment_holds_every_service() -> None:
    declared = {distribution(line) for line in ROOT_PROJECT["project"]["dependencies"]}
    assert declared == {f"assay-{name}" for name in SERVICES} | {"assay-cli"}
    assert ROOT_PROJECT["tool"]["uv"]["sources"].keys() == declared


def test_type_checker_sees_every_member() -> None:
    sources = {str((member.folder / "src").relative_to(ROOT)) for member in MEMBERS}
    assert set(ROOT_PROJECT["tool"]["mypy"]["mypy_path"]) == sources


def test_every_package_stands_on_a_floor() -> None:
    floors = ROOT_PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    standing = {package.strip() for floor in floors for package in floor.split("|")}
    assert standing == {".".join(module.split(".")[:2]) for module in BY_MODULE}


@each_member
def test_declared_members_are_those_that_are_imported(member: Member) -> None:
    ours = {name for module in member.imported if (name := owner(module))} - {member.name}
    declared = {name for name in member.declared if name.startswith("assay-")}
    assert declared == ours


@each_member
def test_every_import_from_outside_is_declared(member: Member) -> None:
    outside = {module.split(".")[0] for module in member.imported} - stdlib_module_names - {"assay"}
    assert [module for module in sorted(outside) if not providers()[module] & member.declared] == []


@each_member
def test_every_runtime_dependency_has_its_reason_written_down(member: Member) -> None:
    rows = [line.split("|")[1].strip() for line in DEPENDENCIES.read_text().splitlines() if line.startswith("| `")]
    known = {row.strip("`") for row in rows}
    assert {name for name in member.declared if not name.startswith("assay-")} - known == set()


def test_no_reason_outlives_its_dependency() -> None:
    rows = [line.split("|")[1].strip() for line in DEPENDENCIES.read_text().splitlines() if line.startswith("| `")]
    assert {row.strip("`") for row in rows} <= {name for member in MEMBERS for name in member.declared}
