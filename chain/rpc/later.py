"""Answers that are not there yet: what to do with a future's value, without a thread that waits for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

A = TypeVar("A")


def then(first: Future[A], step: Callable[[A], Any]) -> Future[Any]:
    """The future of `step(value)`; `step` may itself return a future, and runs in the thread that finishes `first`.

    An exception of either ends up in the returned future.
    """
    outcome: Future[Any] = Future()

    def go_on(done: Future[A]) -> None:
        try:
            value = step(done.result())
        except BaseException as problem:  # also CancelledError: whoever waits must hear of it
            outcome.set_exception(problem)
            return
        if isinstance(value, Future):
            value.add_done_callback(lambda last: pass_on(last, outcome))
        else:
            outcome.set_result(value)

    first.add_done_callback(go_on)
    return outcome


def pass_on(source: Future[Any], target: Future[Any]) -> None:
    """Settle `target` as `source`, which is done, was settled."""
    try:
        target.set_result(source.result())
    except BaseException as problem:  # see `then`
        target.set_exception(problem)
