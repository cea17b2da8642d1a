"""The fast engine: the same blocks as the reference engine makes, in a fraction of the time.

    trie, nodes   incremental Merkle-Patricia trie over a bounded set of warm nodes
    journal       accounts and storage of one execution with an undo log
    heads         what was read at a state root, kept for the next block on it
    warmth        what outlives an execution: nodes, code, heads
    frame, loop   a message and the interpreter that runs it; opcodes that are rare or intricate stay py-evm's
    translation   code that runs hot as Python functions; program, draft, stretch, operations are its parts
    arithmetic    signed and other 256-bit operations
    reader        accounts at a block for whoever only looks, from the same warmth
    vm            the above as a py-evm state, so that everything around it is shared with the reference engine

The reference engine (`chain.evm.vm`) decides what is right; nothing here may differ from it in a single bit.
"""
