"""Speed beside the chains that developers use today: ours, anvil, hardhat, ganache, eth-tester, titanoboa, in turns.

The generator, the measures and the order of rounds are `chain.bench`, which is part of the wheel (`mz bench`). Here is
what only a checkout needs: the other chains in environments of their own, the targets, and the page in docs/.
"""
