"""Files and folders of one form into the store, and what is said about each, as `ipfs add -r` says it.

Folders come as paths: a file called `notes/a.txt` stands in `notes`. Every file is kept first, then every folder, the
deepest first; a folder is known by its node, which names what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias
from urllib.parse import unquote

from chain.blobs import Link, Profile, cid_of, cid_of_node, directory_block, directory_size, size_of
from chain.errors import InvalidRequest
from chain.model import Record
from chain.pages.multipart import Upload

MAX_DEPTH = 32  # folders inside one another
MAX_NAME = 255  # bytes

Tree: TypeAlias = "dict[str, Tree | Link]"


class Store(Protocol):
    """Where it is kept."""

    def put(self, data: bytes, profile: Profile = ..., /) -> str:
        """The CID of a file."""

    def put_directory(self, links: Iterable[Link], /) -> str:
        """The CID of a folder."""


class Added(Record):
    """One file or folder; `size` is in bytes, of all its blocks, and `top` stands in no folder of this form."""

    path: str
    cid: str
    size: int
    top: bool


class Keeping:
    """One form. Without a store nothing is kept, only hashed."""

    def __init__(self, blobs: Store | None, profile: Profile, *, wrap: bool) -> None:
        """`wrap` puts everything into one more folder without a name."""
        self.blobs = blobs
        self._profile = profile
        self._wrap = wrap

    def add(self, files: Sequence[Upload]) -> list[Added]:
        """Everything in the order in which Kubo says it. Raises InvalidRequest for paths that make no tree."""
        places = [self._names(file) for file in files]
        tree: Tree = {}
        for file, names in zip(files, places, strict=True):  # before anything is kept
            if file.folder or self._wrap or len(names) > 1:
                _put(tree, names, {} if file.folder else Link(name="", cid="", size=0))
        added: list[Added] = []
        for file, names in zip(files, places, strict=True):
            if file.folder:
                continue
            cid = cid_of(file.data, self._profile) if self.blobs is None else self.blobs.put(file.data, self._profile)
            size = size_of(file.data, self._profile)
            name = names[-1] if names else cid
            _put(tree, [*names[:-1], name], Link(name=name, cid=cid, size=size), instead=True)
            top = len(names) < 2 and not self._wrap
            added.append(Added(path="/".join(names) or cid, cid=cid, size=size, top=top))
        roots = {"": tree} if self._wrap else {name: node for name, node in tree.items() if isinstance(node, dict)}
        for name, node in roots.items():
            self._folder(node, name, added, top=True)
        return added

    def _folder(self, tree: Tree, path: str, added: list[Added], *, top: bool) -> Link:
        links = []
        for name, node in tree.items():
            below = f"{path}/{name}" if path else name
            links.append(node if isinstance(node, Link) else self._folder(node, below, added, top=False))
        block = directory_block(links)
        cid = cid_of_node(block) if self.blobs is None else self.blobs.put_directory(links)
        size = directory_size(block, links)
        added.append(Added(path=path, cid=cid, size=size, top=top))
        return Link(name=path.rpartition("/")[2], cid=cid, size=size)

    @staticmethod
    def _names(file: Upload) -> list[str]:
        """A file's place, name by name; none for a file without a name. Kubo's clients write it with percent signs."""
        path = unquote(file.name).strip("/")
        names = path.split("/") if path else []
        if len(names) > MAX_DEPTH:
            raise InvalidRequest(f"{path[:80]!r} stands in {len(names) - 1} folders", hint=f"at most {MAX_DEPTH - 1}")
        for name in names:
            if name in ("", ".", "..") or "\0" in name or len(name.encode()) > MAX_NAME:
                hint = f"names have 1 to {MAX_NAME} bytes, and none is . or .."
                raise InvalidRequest(f"{path[:200]!r} is no path", hint=hint)
        return names


def _put(tree: Tree, names: Sequence[str], what: Tree | Link, *, instead: bool = False) -> None:
    """What stands at a place; folders on the way are made. InvalidRequest when something else stands there."""
    for name in names[:-1]:
        inner = tree.setdefault(name, {})
        if not isinstance(inner, dict):
            raise InvalidRequest(f"{'/'.join(names)[:200]!r} stands in a file", hint="a name is a file or a folder")
        tree = inner
    if not names:
        return
    present = tree.get(names[-1])
    if isinstance(what, dict) and isinstance(present, dict):
        return
    if present is not None and not (instead and isinstance(present, Link)):
        raise InvalidRequest(f"{'/'.join(names)[:200]!r} is there twice", hint="give each file a name of its own")
    tree[names[-1]] = what
