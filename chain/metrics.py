"""Figures of a running process in Prometheus' text format. Who counts what is the business of the rooms above.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Counter:
    """Sums that only grow, one for each combination of label values. Thread-safe."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self._labels = labels
        self._sums: dict[tuple[str, ...], float] = {}
        self._lock = threading.Lock()

    def add(self, *values: str, amount: float = 1) -> None:
        """`values` in the order of the labels. They must come from a small set: each combination is kept for ever."""
        if len(values) != len(self._labels):
            raise ValueError(f"{len(self._labels)} label values are needed ({', '.join(self._labels)}), got {values}")
        with self._lock:
            self._sums[values] = self._sums.get(values, 0) + amount

    def rows(self) -> Iterator[tuple[str, float]]:
        """Labels as they are written, and the sum."""
        with self._lock:
            sums = sorted(self._sums.items())
        for values, total in sums:
            pairs = ",".join(f'{label}="{_escaped(value)}"' for label, value in zip(self._labels, values, strict=True))
            yield (f"{{{pairs}}}" if pairs else ""), total


class Metrics:
    """All figures of a process, in the order in which they were declared."""

    def __init__(self) -> None:
        self._families: list[tuple[str, str, str, Callable[[], Iterator[tuple[str, float]]]]] = []

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        """Something to add to; the name ends in `_total`."""
        counter = Counter(labels)
        self._families.append((name, "counter", meaning, counter.rows))
        return counter

    def gauge(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """A figure that is read when somebody looks."""
        self._families.append((name, "gauge", meaning, lambda: iter([("", read())])))

    def text(self) -> str:
        """All of them now."""
        lines = []
        for name, kind, meaning, rows in self._families:
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
            lines += [f"{name}{labels} {_number(value)}" for labels, value in rows()]
        return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
