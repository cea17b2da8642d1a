"""How fast a chain is, measured through its JSON-RPC door: ours, and whatever development chains are on the PATH.

    codes      the contracts that are measured, in EVM assembly, and the platform's own token
    signing    many signed transfers, made before the clock starts
    wire       the load generator: raw sockets, prepared requests, no parsing while the clock runs
    contenders how each chain is started as a process of its own, with the same accounts and gas limit
    seat       one running chain: its nonces, its contracts, its memory
    measures   what is measured      growth  what takes a large chain first      importing  blocks through verification
    rounds     all of it interleaved: every measure goes through all chains before the next one begins
    report     medians, ratios, and what the numbers were taken on

It knows nothing of the node's inside: ours is one command among others.
"""
