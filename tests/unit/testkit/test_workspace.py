"""The map: read, checked, and put in order of need."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.testkit.errors import WorkspaceError
from assay.testkit.workspace import TopicEntry, load_workspace

TOPICS = '[topics]\n"raw" = { owner = "contract", summary = "As it came.", external = true }\n'


def service(name: str, needs: str = "[]", reads: str = "[]") -> str:
    return (
        f'[services.{name}]\nsummary = "Does {name}."\nmodule = "assay.{name}"\ngrpc = 1\nmetrics = 2\n'
        f"needs = {needs}\nreads = {reads}\nwrites = []\n"
    )


def written(folder: Path, text: str) -> Path:
    path = folder / "workspace.toml"
    path.write_text(text)
    return path


def test_services_come_after_those_they_need(tmp_path: Path) -> None:
    text = TOPICS + service("last", '["middle"]') + service("middle", '["first", "broker"]') + service("first")
    workspace = load_workspace(written(tmp_path, text))
    assert [entry.name for entry in workspace.services] == ["first", "middle", "last"]


def test_services_without_a_need_of_each_other_start_together(tmp_path: Path) -> None:
    text = TOPICS + service("left", '["base"]') + service("base") + service("right", '["base"]')
    workspace = load_workspace(written(tmp_path, text))
    assert [[entry.name for entry in wave] for wave in workspace.waves()] == [["base"], ["left", "right"]]


def test_needs_in_a_circle_are_named(tmp_path: Path) -> None:
    text = TOPICS + service("one", '["two"]') + service("two", '["one"]')
    with pytest.raises(WorkspaceError, match=r"circle: (one needs two needs one|two needs one needs two)"):
        load_workspace(written(tmp_path, text))


def test_need_of_an_unknown_service_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="one needs 'nobody', which is no service"):
        load_workspace(written(tmp_path, TOPICS + service("one", '["nobody"]')))


def test_topic_that_is_not_in_the_map_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="one names topic 'gone', which is not in the map"):
        load_workspace(written(tmp_path, TOPICS + service("one", reads='["gone"]')))


def test_missing_key_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"'services\.one\.module' is missing"):
        load_workspace(written(tmp_path, TOPICS + '[services.one]\nsummary = "x"\n'))


def test_file_that_is_no_toml_is_refused_with_its_path(tmp_path: Path) -> None:
    path = written(tmp_path, "[services")
    with pytest.raises(WorkspaceError, match=str(path)):
        load_workspace(path)


def test_unknown_service_is_refused_with_those_there_are(tmp_path: Path) -> None:
    workspace = load_workspace(written(tmp_path, TOPICS + service("one")))
    with pytest.raises(WorkspaceError, match="no service 'two'; there are one"):
        workspace.service("two")


def test_topic_says_whether_it_is_external_or_compacted(tmp_path: Path) -> None:
    workspace = load_workspace(written(tmp_path, TOPICS + service("one")))
    assert workspace.topics == (TopicEntry("raw", "contract", "As it came.", is_external=True, is_compacted=False),)


def test_our_own_map_starts_with_the_registry() -> None:
    assert load_workspace().services[0].name == "registry"
