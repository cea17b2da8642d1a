"""The one door to eth_abi: arguments to bytes and back, selectors and topics, and what a revert says.

Values are ours: addresses are 20 bytes, structs are mappings by field name, integers are exact. It knows nothing of
nodes or transactions; `client` sends what is encoded here.

    types.py    ABI JSON → canonical types, selectors, topics, encode, decode, logs
    reverts.py  returned bytes of a failed call → the custom error's name and arguments
    typescript.py, python.py  an ABI as typed source, for those who write against a contract
"""

from chain.abi.reverts import ErrorBook, Revert
from chain.abi.types import (
    Abi,
    Event,
    canonical,
    decode,
    decode_log,
    decode_result,
    encode,
    encode_call,
    encode_constructor,
    encode_packed,
    entry,
    selector,
    signature,
    topic,
)

__all__ = [
    "Abi",
    "ErrorBook",
    "Event",
    "Revert",
    "canonical",
    "decode",
    "decode_log",
    "decode_result",
    "encode",
    "encode_call",
    "encode_constructor",
    "encode_packed",
    "entry",
    "selector",
    "signature",
    "topic",
]
