"""What we want to reach, as ratios within a run, and whether we do."""

from __future__ import annotations

from chain.bench.report import Report
from chain.model import Record


class Target(Record):
    """At least `least` times as good as `peer` at `measure`."""

    peer: str
    measure: str
    least: float


TARGETS = (
    Target(peer="anvil", measure="transfers_one", least=1),
    Target(peer="anvil", measure="transfers_pool", least=0.65),
    Target(peer="anvil", measure="call", least=0.45),
    Target(peer="anvil", measure="block_number", least=1),
    Target(peer="anvil", measure="latency_p50", least=1 / 1.5),
    Target(peer="anvil", measure="memory_after", least=1 / 1.5),
    Target(peer="hardhat", measure="transfers_one", least=3),
    Target(peer="hardhat", measure="call", least=2),
    Target(peer="hardhat", measure="keccak", least=3),
    Target(peer="hardhat", measure="arithmetic", least=3),
    *(
        Target(peer=peer, measure=measure, least=least)
        for peer in ("ganache", "eth-tester")
        for measure, least in (("transfers_one", 25), ("keccak", 15), ("arithmetic", 15))
    ),
    Target(peer="titanoboa", measure="transfers_one", least=3),
    Target(peer="titanoboa", measure="keccak", least=15),
    Target(peer="titanoboa", measure="arithmetic", least=15),
)
START_SECONDS = 0.6
GROWTH_LEAST = 0.7  # throughput among a million accounts, against that among ten thousand


def outcomes(found: Report) -> list[tuple[str, str, str, str, bool]]:
    """Measure, against whom, wanted, reached, met; of what was measured in this run."""
    rows = {row.measure.key: row for row in found.rows}
    lines = []
    for target in TARGETS:
        row = rows.get(target.measure)
        if row is not None and target.peer in row.ratios:
            ratio = row.ratios[target.peer]
            met = ratio >= target.least
            lines.append((row.measure.title, target.peer, f"≥ {target.least:.2g}×", f"{ratio:.2f}×", met))
    if "start" in rows and "mz" in rows["start"].medians:
        took = rows["start"].medians["mz"]
        lines.append((rows["start"].measure.title, "", f"≤ {START_SECONDS} s", f"{took:.2f} s", took <= START_SECONDS))
    small, large = (
        rows[key].medians.get("mz") if key in rows else None for key in ("accounts_small", "accounts_large")
    )
    if small and large:
        kept = large / small
        title = "transfers among 1,000,000 accounts against 10,000"
        lines.append((title, "", f"≥ {GROWTH_LEAST}×", f"{kept:.2f}×", kept >= GROWTH_LEAST))
    return lines
