"""The shelf holds the newest versions, whatever happens to the registry."""

from __future__ import annotations

from assay.client.shelf import Place, Published, Shelf


def version(contract: str, number: int) -> Published:
    return Published(number, contract, f"1.{number}.0", b"text", 0)


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
    assert shelf.newest == {}
    assert shelf.receive(None, Place("a", 1), caught_up=True)
    assert shelf.newest == {"orders": version("orders", 1)}


def test_newer_version_takes_the_place_of_the_older() -> None:
    shelf = filled()

    assert shelf.receive(version("orders", 3), Place("a", 3), caught_up=True)
    assert shelf.newest["orders"] == version("orders", 3)
    assert shelf.begin() == Place("a", 3)


def test_heartbeat_changes_nothing() -> None:
    assert not filled().receive(None, Place("a", 2), caught_up=True)


def test_new_store_replaces_everything_once_it_is_complete() -> None:
    shelf = filled()
    shelf.begin()
    shelf.receive(version("orders", 1), Place("b", 1), caught_up=False)
    before = dict(shelf.newest)

    assert set(before) == {"orders", "planes"}
    assert shelf.receive(None, Place("b", 1), caught_up=True)
    assert set(shelf.newest) == {"orders"}
    assert shelf.begin() == Place("b", 1)


def test_telling_that_breaks_off_leaves_the_shelf_as_it_was() -> None:
    shelf = filled()
    shelf.begin()
    shelf.receive(version("orders", 9), Place("b", 1), caught_up=False)

    assert shelf.begin() == Place("a", 2)
    assert shelf.newest["orders"] == version("orders", 1)


def test_older_copy_of_the_store_is_believed_as_a_whole() -> None:
    shelf = filled()
    shelf.begin()
    shelf.receive(version("orders", 1), Place("a", 1), caught_up=False)
    shelf.receive(None, Place("a", 1), caught_up=True)

    assert set(shelf.newest) == {"orders"}
    assert shelf.begin() == Place("a", 1)


def test_same_contracts_from_a_new_store_are_no_change() -> None:
    shelf = filled()
    shelf.begin()
    shelf.receive(version("orders", 1), Place("b", 1), caught_up=False)
    shelf.receive(version("planes", 2), Place("b", 2), caught_up=False)

    assert not shelf.receive(None, Place("b", 2), caught_up=True)
