"""What a served node tells Prometheus."""

from __future__ import annotations

import re
import urllib.request

from web3 import HTTPProvider, Web3

from chain.launch import Running

LINE = re.compile(r'([a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})?) (-?[0-9.e+-]+)')


def figures(running: Running) -> dict[str, float]:
    with urllib.request.urlopen(f"{running.url}/metrics", timeout=10) as answer:
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = answer.read().decode().splitlines()
    rows = [LINE.fullmatch(line) for line in lines if not line.startswith("# ")]
    assert all(rows)
    return {row[1]: float(row[2]) for row in rows if row}


def test_calls_blocks_and_transactions_are_counted(served: Running):
    w3 = Web3(HTTPProvider(served.url))
    me, other = w3.eth.accounts[:2]
    before = figures(served)
    w3.eth.wait_for_transaction_receipt(w3.eth.send_transaction({"from": me, "to": other, "value": 1}))
    w3.provider.make_request("eth_nothing", [])
    w3.provider.make_request("eth_call", [{"to": other}, "0x100"])

    after = figures(served)

    assert (before["mz_head_block_number"], after["mz_head_block_number"]) == (0, 1)
    assert after['mz_blocks_total{change="added"}'] == 1 and after['mz_blocks_total{change="removed"}'] == 0
    assert after["mz_block_gas_total"] == 21000
    assert after['mz_transactions_total{change="admitted"}'] == after['mz_transactions_total{change="mined"}'] == 1
    assert after['mz_rpc_requests_total{method="eth_sendTransaction",code="0"}'] == 1
    assert after['mz_rpc_requests_total{method="eth_accounts",code="0"}'] == 1
    assert after['mz_rpc_requests_total{method="unknown",code="-32601"}'] == 1
    assert after['mz_rpc_requests_total{method="eth_call",code="-32001"}'] == 1
    assert after['mz_rpc_seconds_total{method="eth_sendTransaction"}'] > 0
    assert after["mz_connections"] >= 1 and after["mz_subscriptions"] == 0
