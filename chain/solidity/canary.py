"""One contract whose compiled bytes are known: a compiler that gives others is not ours.

It uses what differs first when a build of solc is wrong: the optimizer, checked and unchecked arithmetic, ABI coding of
nested arrays, immutables, transient storage, custom errors, and the metadata hash at the end.
"""

from __future__ import annotations

from chain.errors import ChainError
from chain.primitives import keccak
from chain.solidity.compiler import Compiler

SOURCE_NAME = "Canary.sol"
SOURCE = """\
// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Canary {
    error Silent(address listener, uint256 depth);

    event Sang(address indexed listener, bytes32 indexed song, uint64[][] notes);

    struct Song {
        uint96 length;
        address singer;
        string words;
    }

    uint256 private immutable _depth;
    uint256 private transient _breath;
    mapping(bytes32 id => Song song) private _songs;

    constructor(uint256 depth) {
        _depth = depth ** 2;
    }

    function sing(bytes32 id, Song calldata song, uint64[][] calldata notes) external returns (uint256 sum) {
        if (_breath > _depth) revert Silent(msg.sender, _depth);
        _breath += notes.length;
        for (uint256 i; i < notes.length; ++i) {
            for (uint256 j; j < notes[i].length; ++j) {
                unchecked {
                    sum += uint256(notes[i][j]) * (i + 1);
                }
            }
        }
        _songs[id] = song;
        emit Sang(msg.sender, id, notes);
    }

    function recall(bytes32 id) external view returns (Song memory) {
        return _songs[id];
    }
}
"""

# keccak256(creation code, runtime code, metadata), the same from the native and the WebAssembly build
EXPECTED = bytes.fromhex("d364d2f81d4f40f7f4761aef98413024dfaf4206f7affad6919fcf4d82902058")


def sings(compiler: Compiler) -> bool:
    """Whether this compiler gives the known bytes; a compiler that does not even run does not sing."""
    try:
        artifact = compiler.compile({SOURCE_NAME: SOURCE}).artifacts[f"{SOURCE_NAME}:Canary"]
    except (ChainError, KeyError):
        return False
    return keccak(artifact.bytecode + artifact.runtime + artifact.metadata.encode()) == EXPECTED
