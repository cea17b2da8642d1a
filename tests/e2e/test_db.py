"""`mz node init --genesis` and `mz db`, as commands: a chain moves from one folder to another and is looked after."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.commands import mz
from tests.traffic import MemoryChain, Signer, contract, spec, word


def genesis_file(folder: Path, **config: object) -> Path:
    """Prague from the start, and the accounts of the test chain."""
    forks = ("homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul")
    blocks = {f"{fork}Block": 0 for fork in (*forks, "berlin", "london")}
    times = {f"{fork}Time": 0 for fork in ("shanghai", "cancun", "prague")}
    alloc = {
        "0x" + address.hex(): {
            "balance": hex(account.balance),
            "nonce": account.nonce,
            "code": "0x" + account.code.hex(),
        }
        for address, account in spec().genesis.alloc.items()
    }
    content = {
        "config": {"chainId": 20261, **blocks, **times, "terminalTotalDifficulty": 0, **config},
        "difficulty": "0x0",
        "gasLimit": "0x3938700",
        "timestamp": hex(spec().genesis.timestamp),
        "alloc": alloc,
    }
    path = folder / "genesis.json"
    path.write_text(json.dumps(content))
    return path


def test_a_chain_moves_from_folder_to_folder_and_is_looked_after(tmp_path: Path) -> None:
    from chain.spec import read_genesis

    file = genesis_file(tmp_path)
    chain = MemoryChain(read_genesis(file.read_bytes(), "genesis.json"))
    signer = Signer(0)
    for number in range(3):
        chain.produce([signer.sign(contract("store"), data=word(number) + word(9))])
    (tmp_path / "chain.rlp").write_bytes(b"".join(block.encode() for block in chain.blocks))

    orphan = mz("db", "import", "chain.rlp", "--data-dir", "a", cwd=tmp_path)
    made = mz("node", "init", "--genesis", "genesis.json", "--data-dir", "a", "--json", cwd=tmp_path)
    taken = mz("db", "import", "chain.rlp", "--data-dir", "a", "--json", cwd=tmp_path)
    sound = mz("db", "verify", "--data-dir", "a", "--json", cwd=tmp_path)
    written = mz("db", "export", "again.rlp.gz", "--from", "1", "--data-dir", "a", cwd=tmp_path)
    pruned = mz("db", "prune", "--keep", "1", "--yes", "--data-dir", "a", "--json", cwd=tmp_path)
    foreign = mz("node", "init", "--genesis", "genesis.json", "--data-dir", "b", "--chain-id", "7", cwd=tmp_path)

    assert orphan.returncode == 2 and "mz node init --genesis FILE" in orphan.stderr
    assert json.loads(made.stdout)["genesis"] == "0x" + chain.blocks[0].hash.hex()
    assert json.loads(taken.stdout)["head_hash"] == "0x" + chain.head.hash.hex(), taken.stderr
    assert json.loads(sound.stdout)["sound"] is True and json.loads(sound.stdout)["transactions"] == 3
    assert written.returncode == 0, written.stderr
    assert json.loads(pruned.stdout)["oldest_state"] == 3
    assert foreign.returncode == 2 and "describes the chain with id 20261" in foreign.stderr
    assert "Traceback" not in orphan.stderr + foreign.stderr


def test_a_fork_that_is_not_known_is_refused_or_run_under_prague_with_a_warning(tmp_path: Path) -> None:
    genesis_file(tmp_path, osakaTime=1)

    refused = mz("node", "init", "--genesis", "genesis.json", "--data-dir", "a", cwd=tmp_path)
    made = mz(
        "node", "init", "--genesis", "genesis.json", "--allow-unknown-forks", "--data-dir", "a", "--json", cwd=tmp_path
    )

    assert refused.returncode == 2 and "the fork osaka begins at 1" in refused.stderr
    assert made.returncode == 0 and "warning: osaka" in made.stderr
    assert json.loads(made.stdout)["chain_id"] == 20261
