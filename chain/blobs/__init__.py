"""Files by their content: the IPFS address of any bytes, and a store that keeps them (S1).

    cid.py    CIDv1 exactly as `ipfs add --cid-version=1` computes it, and back to the digest that goes on chain
    store.py  `BlobStore`: a folder (or memory) of verified, atomically written files
    kubo.py   `KuboStore`: the same, kept by an IPFS node at a URL

The node's HTTP door and the client's upload both stand on this.
"""

from chain.blobs.cid import DEFAULT_PROFILE, PROFILES, Profile, block_of, cid_of, cids_with_digest, digest_of
from chain.blobs.kubo import KuboStore
from chain.blobs.store import MAX_BLOB, BlobStore

__all__ = [
    "DEFAULT_PROFILE",
    "MAX_BLOB",
    "PROFILES",
    "BlobStore",
    "KuboStore",
    "Profile",
    "block_of",
    "cid_of",
    "cids_with_digest",
    "digest_of",
]
