from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.blobs import BlobStore, Link, cid_of, cid_of_node, directory_block, links_of
from chain.errors import BlobCorrupt, BlobTooLarge, BlobUnknown

EMPTY = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"  # QmUNLL…, as Kubo has it in every new repository
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def link(name: str, data: bytes = b"") -> Link:
    return Link(name=name, cid=cid_of(data), size=len(data))


@settings(deadline=None)  # says nothing about time
@given(st.dictionaries(NAMES, st.binary(max_size=300), max_size=12))
def test_a_folder_is_read_as_it_was_written_in_the_order_of_its_names(files: dict[str, bytes]) -> None:
    links = [link(name, data) for name, data in files.items()]

    block = directory_block(links)

    assert links_of(block) == tuple(sorted(links, key=lambda one: one.name.encode()))
    assert directory_block(reversed(links)) == block


def test_the_empty_folder_has_kubos_cid() -> None:
    assert cid_of_node(directory_block([])) == EMPTY
    assert BlobStore(None).put_directory([]) == EMPTY


@pytest.mark.parametrize("kept", ["memory", "folder"])
def test_a_folder_is_no_file_and_a_file_no_folder(kept: str, tmp_path: Path) -> None:
    store = BlobStore(None if kept == "memory" else tmp_path)
    file, folder = store.put(bytes(300_000)), store.put_directory([link("a", b"x")])

    assert store.directory(folder) == (link("a", b"x"),)
    assert store.has(folder) and list(store) == [file]
    assert cid_of_node(store.block(folder)) == folder
    for ask in (lambda: store.get(folder), lambda: store.directory(file), lambda: store.directory(EMPTY)):
        with pytest.raises(BlobUnknown):
            ask()
    store.pin(folder)
    assert store.pinned() == [folder]


def test_a_damaged_folder_is_never_believed(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    folder = store.put_directory([link("a", b"x")])
    (path,) = tmp_path.glob("directories/*/*")
    path.write_bytes(directory_block([link("a", b"y")]))

    with pytest.raises(BlobCorrupt, match="damaged"):
        store.directory(folder)
    assert store.put_directory([link("a", b"x")]) == folder  # adding it again heals it
    assert store.directory(folder) == (link("a", b"x"),)


def test_more_names_than_one_node_holds_are_refused() -> None:
    with pytest.raises(BlobTooLarge, match="at most 262144 are kept"):
        directory_block(link(f"{number:0200}") for number in range(1_200))


@settings(deadline=None)  # says nothing about time
@given(st.binary(max_size=80))
def test_bytes_that_are_no_node_are_refused_and_never_read_for_ever(data: bytes) -> None:
    with contextlib.suppress(BlobCorrupt):
        assert all(one.size >= 0 for one in links_of(data) or ())
