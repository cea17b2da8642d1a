"""Judges blocks by Ethereum's own specification in Python; runs in the environment that it is installed in.

First line: the genesis block in RLP and its accounts. Then a block's RLP per line; each is answered with a line, empty
when the specification accepts it as the next one, otherwise with its objection. Imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
import traceback

from ethereum.forks.prague.blocks import Block
from ethereum.forks.prague.fork import BlockChain, state_transition
from ethereum.forks.prague.fork_types import Account, Address
from ethereum.forks.prague.state import State, set_account, set_storage, state_root
from ethereum_rlp import rlp
from ethereum_types.bytes import Bytes, Bytes32
from ethereum_types.numeric import U64, U256, Uint


def genesis(given: dict[str, object]) -> BlockChain:
    """The chain at its beginning. The specification must come to the same state root."""
    state = State()
    for key, account in given["accounts"].items():
        address = Address(bytes.fromhex(key))
        code = Bytes(bytes.fromhex(account["code"]))
        set_account(state, address, Account(Uint(account["nonce"]), U256(int(account["balance"])), code))
        for slot, value in account["storage"].items():
            set_storage(state, address, Bytes32(int(slot).to_bytes(32, "big")), U256(int(value)))
    block = rlp.decode_to(Block, bytes.fromhex(given["block"]))
    if state_root(state) != block.header.state_root:
        raise ValueError("genesis has another state root")
    return BlockChain(blocks=[block], state=state, chain_id=U64(given["chain_id"]))


def main() -> None:
    """Until standard input ends."""
    sys.setrecursionlimit(20_000)
    chain = genesis(json.loads(sys.stdin.readline()))
    print(flush=True)  # noqa: T201  # the answer is what stdout is for
    for line in sys.stdin:
        try:
            state_transition(chain, rlp.decode_to(Block, bytes.fromhex(line)))
            objection = ""
        except Exception:
            objection = " / ".join(traceback.format_exc().strip().splitlines()[-4:])
        print(objection, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
