"""Refusing JSON that is nested too deeply, before a parser follows it down.

Parsers written in C recurse and trust the interpreter's recursion limit, which the EVM has to raise far beyond what a
thread's stack holds: some 100 kB of `[` would end the whole process.
"""

from __future__ import annotations

import re
from itertools import accumulate

MAX_DEPTH = 100  # the deepest legitimate request, typed data within structs, stays far below

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_OPENING, _CLOSING = b"[{", b"]}"
_SLICE = 4096  # brackets looked at before deciding to go on
_OTHER = bytes(set(range(256)) - set(_OPENING + _CLOSING))
_STEP = tuple(1 if character in _OPENING else -1 if character in _CLOSING else 0 for character in range(256))


def too_deep(text: bytes) -> bool:
    """Whether arrays and objects lie within one another more than `MAX_DEPTH` times. Also right for broken JSON."""
    if text.count(b"[") + text.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _STRING.sub(b"", text).translate(None, _OTHER)
    depth = 0
    for start in range(0, len(brackets), _SLICE):
        depths = list(accumulate(map(_STEP.__getitem__, brackets[start : start + _SLICE]), initial=depth))
        if max(depths) > MAX_DEPTH:
            return True
        depth = depths[-1]
    return False
