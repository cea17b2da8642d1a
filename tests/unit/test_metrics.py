"""Figures in Prometheus' text format."""

from __future__ import annotations

import pytest

from chain.metrics import Metrics


def test_figures_are_written_in_the_order_of_their_declaration():
    metrics = Metrics()
    height = 7
    metrics.gauge("mz_height", "Where it is", lambda: height)
    calls = metrics.counter("mz_calls_total", "Calls", "method", "code")
    bytes_ = metrics.counter("mz_bytes_total", "Bytes")
    calls.add("b", "0")
    calls.add("a", "0", amount=0.5)
    calls.add("b", "0")
    bytes_.add(amount=10)
    height = 8

    assert metrics.text().splitlines() == [
        "# HELP mz_height Where it is",
        "# TYPE mz_height gauge",
        "mz_height 8",
        "# HELP mz_calls_total Calls",
        "# TYPE mz_calls_total counter",
        'mz_calls_total{method="a",code="0"} 0.5',
        'mz_calls_total{method="b",code="0"} 2',
        "# HELP mz_bytes_total Bytes",
        "# TYPE mz_bytes_total counter",
        "mz_bytes_total 10",
    ]
    assert metrics.text().endswith("\n")


def test_label_values_are_escaped_and_counted():
    metrics = Metrics()
    counter = metrics.counter("x_total", "X", "name")
    counter.add('a"\\\n')

    assert r'x_total{name="a\"\\\n"} 1' in metrics.text()
    with pytest.raises(ValueError, match="1 label values are needed"):
        counter.add()
