"""Watch MZ burn, live, with web3.py over WebSocket; Ctrl-C ends it. Needs nothing of ours but the node.

python examples/watch_burns.py
"""

import asyncio
import contextlib
import os
import sys

from web3 import AsyncWeb3, Web3, WebSocketProvider
from web3.exceptions import Web3Exception

URL = os.environ.get("MZ_RPC", "http://127.0.0.1:8545").replace("http", "ws", 1)
TRANSFER = Web3.to_hex(Web3.keccak(text="Transfer(address,address,uint256)"))
NOBODY = "0x" + "00" * 32  # tokens sent to the zero address are gone: the supply shrinks with them


async def main() -> None:
    async with AsyncWeb3(WebSocketProvider(URL, max_connection_retries=1)) as w3:
        platform = (await w3.provider.make_request("mz_platform", [])).get("result")
        if platform is None:
            sys.exit(f"{URL} does not know where MZ is: is that a node of `mz up`?")
        await w3.eth.subscribe("logs", {"address": platform["mz"], "topics": [TRANSFER, None, NOBODY]})
        print(f"listening to {platform['mz']}", flush=True)
        async for message in w3.socket.process_subscriptions():
            burn = message["result"]
            amount = int.from_bytes(burn["data"]) / 10**18
            what = "came back with its block" if burn.get("removed") else "burned"
            where = f"block {burn['blockNumber']}, {burn['transactionHash'].to_0x_hex()}"
            print(f"{amount:g} MZ {what} in {where}", flush=True)
        sys.exit(f"{URL} ended the connection")


if __name__ == "__main__":
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(main())
    except (OSError, Web3Exception) as problem:
        sys.exit(f"{problem}\nis the node running? start one with `mz up`, or name another in MZ_RPC")
