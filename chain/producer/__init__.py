"""When a block is made and what goes into it; the only room that changes the chain.

    submit(raw) ─┐                       ┌─ automine: everything that arrived meanwhile shares the next block
    command(fn) ─┼─► queue ─► one writer ┼─ interval: every N seconds
    tick         ┘            thread     └─ manual: when told

The writer thread owns pool, store and evm for writing and takes the queue in order. In automine a submission is
answered after its block was published, so a sequential client sees one transaction a block and finds its receipt; a
nonce gap, every submission in the other modes, and one that would wait long for a clock that is behind the blocks, is
answered at admission, after it was journaled.
"""

from __future__ import annotations

from chain.producer.development import Development
from chain.producer.producer import Producer
from chain.producer.wishes import Acting, Mining

__all__ = ["Acting", "Development", "Mining", "Producer"]
