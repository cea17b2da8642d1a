"""A throw-away chain with this template on it. `mz template test` hands the bundle over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import chain
from chain.registry import Library, Offer, open_bundle


@pytest.fixture(scope="session")
def dev():
    with chain.dev() as client:
        yield client


@pytest.fixture(scope="session")
def offer(dev) -> Offer:
    """The template, published by the chain's last account."""
    bundle = open_bundle(Path(os.environ["MZ_BUNDLE"]).read_bytes())
    return Library(dev).publish(bundle, sender=dev.accounts[-1])
