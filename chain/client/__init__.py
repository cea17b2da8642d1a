"""A program's side of the conversation with a node: web3.py inside, our accounts, errors and contracts around it.

Responsible for signing with the caller's own keys, nonces, fees, waiting for receipts, and turning what a node answers
into our error tree. Not responsible for what a contract means: `registry` and `economy` know that.

    provider.py   JSON-RPC into the same process, as a web3.py provider
    client.py     `Client`, `connect`
    transactions.py  one transaction: fields to sign, receipt to read
    outbox.py    transactions on a chain with slow, full or revoked blocks: replacement, confirmations
    contract.py   `Contract`: calls, transactions and events by name
    answers.py    a node's error objects → our errors
    files.py      upload and download by content
    known.py      bytes of a chain in words, by the ABIs that are known
    platform.py   `Platform`: where the platform's contracts are on this chain

This package is the one door to web3.
"""

from chain.client.client import Client, connect
from chain.client.contract import Contract, Occurrence
from chain.client.files import Files, NodeFiles
from chain.client.known import Known, Said, returned
from chain.client.outbox import Outbox, Patience
from chain.client.platform import Platform
from chain.client.provider import Handle, HandleProvider
from chain.client.transactions import Mined

__all__ = [
    "Client",
    "Contract",
    "Files",
    "Handle",
    "HandleProvider",
    "Known",
    "Mined",
    "NodeFiles",
    "Occurrence",
    "Outbox",
    "Patience",
    "Platform",
    "Said",
    "connect",
    "returned",
]
