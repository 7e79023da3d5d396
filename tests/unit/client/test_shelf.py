"""The shelf holds the newest versions, whatever happens to the registry."""

from __future__ import annotations

from assay.client.shelf import Place, Shelf, Version, newest_first


def version(contract: str, number: int, *, retired: bool = False) -> Version:
    return Version(number, contract, f"1.{number}.0", b"text", 0, retired)


def newest(shelf: Shelf) -> dict[str, Version]:
    return {name: newest_first(versions.values())[0] for name, versions in shelf.versions.items()}


def filled() -> Shelf:
    shelf = Shelf()
    shelf.begin()
    shelf.receive(version("orders", 1), Place("a", 1), caught_up=False)
    shelf.receive(version("planes", 2), Place("a", 2), caught_up=False)
    shelf.receive(None, Place("a", 2), caught_up=True)
    return shelf


def test_first_telling_fills_the_shelf_at_once_when_it_is_complete() -> None:
    shelf = Shelf()
    shelf.begin()

    assert not shelf.receive(version("orders", 1), Place("a", 1), caught_up=False)
    assert shelf.versions == {}
    assert shelf.receive(None, Place("a", 1), caught_up=True)
    assert newest(shelf) == {"orders": version("orders", 1)}


def test_newer_version_takes_the_place_of_the_older() -> None:
    shelf = filled()

    assert shelf.receive(version("orders", 3), Place("a", 3), caught_up=True)
    assert newest(shelf)["orders"] == version("orders", 3)
    assert shelf.begin() == Place("a", 3)


def test_older_versions_are_kept() -> None:
    shelf = filled()
    shelf.receive(version("orders", 3), Place("a", 3), caught_up=True)

    assert list(shelf.versions["orders"]) == ["1.1.0", "1.3.0"]


def test_retired_version_that_is_told_anew_does_not_become_the_newest() -> None:
    shelf = filled()
    shelf.receive(version("orders", 3), Place("a", 3), caught_up=True)

    assert shelf.receive(version("orders", 1, retired=True), Place("a", 4), caught_up=True)
    assert newest(shelf)["orders"] == version("orders", 3)
    assert shelf.versions["orders"]["1.1.0"].retired


def test_versions_that_were_taken_stay_as_they_were() -> None:
    shelf = filled()
    taken = shelf.versions["orders"]
    shelf.receive(version("orders", 3), Place("a", 3), caught_up=True)

    assert list(taken) == ["1.1.0"]


def test_heartbeat_changes_nothing() -> None:
    assert not filled().receive(None, Place("a", 2), caught_up=True)


def test_new_store_replaces_everything_once_it_is_complete() -> None:
    shelf = filled()
    shelf.begin()
    shelf.receive(version("orders", 1), Place("b", 1), caught_up=False)
    before = dict(shelf.versions)

    assert set(before) == {"orders", "planes"}
    assert shelf.receive(None, Place("b", 1), caught_up=True)
    assert set(shelf.versions) == {"orders"}
    assert shelf.begin() == Place("b", 1)


def test_telling_that_breaks_off_leaves_the_shelf_as_it_was() -> None:
    shelf = filled()
    shelf.begin()
    shelf.receive(version("orders", 9), Place("b", 1), caught_up=False)

    assert shelf.begin() == Place("a", 2)
    assert newest(shelf)["orders"] == version("orders", 1)


def test_older_copy_of_the_store_is_believed_as_a_whole() -> None:
    shelf = filled()
    shelf.begin()
    shelf.receive(version("orders", 1), Place("a", 1), caught_up=False)
    shelf.receive(None, Place("a", 1), caught_up=True)

    assert set(shelf.versions) == {"orders"}
    assert shelf.begin() == Place("a", 1)


def test_same_contracts_from_a_new_store_are_no_change() -> None:
    shelf = filled()
    shelf.begin()
    shelf.receive(version("orders", 1), Place("b", 1), caught_up=False)
    shelf.receive(version("planes", 2), Place("b", 2), caught_up=False)

    assert not shelf.receive(None, Place("b", 2), caught_up=True)
