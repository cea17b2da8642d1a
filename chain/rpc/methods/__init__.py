"""One file per subject, each with a dict of its methods; `chain.rpc.registry` puts them together.

A method is a plain function of the service and its parameters: decode, ask the node, encode. What executes code or
scans goes through `node.run` (what may take many seconds, through `node.run_long`) and answers with a future;
everything else answers at once.
"""
