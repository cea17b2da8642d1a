"""Files by their content: the IPFS address of any bytes, and a store that keeps them (S1).

    cid.py    CIDv1 exactly as `ipfs add --cid-version=1` computes it, and back to the digest that goes on chain
    directory.py  folders of them, as `ipfs add -r` makes them
    store.py  `BlobStore`: a folder (or memory) of verified, atomically written files
    kubo.py   `KuboStore`: the same, kept by an IPFS node at a URL

The node's HTTP door and the client's upload both stand on this.
"""

from chain.blobs.cid import (
    DEFAULT_PROFILE,
    PROFILES,
    Profile,
    block_of,
    cid_of,
    cid_of_node,
    cids_with_digest,
    digest_of,
    is_node,
    size_of,
)
from chain.blobs.directory import Link, directory_block, directory_size, links_of
from chain.blobs.kubo import KuboStore
from chain.blobs.store import MAX_BLOB, BlobStore

__all__ = [
    "DEFAULT_PROFILE",
    "MAX_BLOB",
    "PROFILES",
    "BlobStore",
    "KuboStore",
    "Link",
    "Profile",
    "block_of",
    "cid_of",
    "cid_of_node",
    "cids_with_digest",
    "digest_of",
    "directory_block",
    "directory_size",
    "is_node",
    "links_of",
    "size_of",
]
