"""JSON-RPC 2.0 to the letter, without a chain behind it."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from chain.errors import ExecutionReverted, LimitExceeded, NonceTooLow, UnknownBlock
from chain.rpc import Dispatcher, Limits


class Bench:
    """A dispatcher whose methods can be held, counted and made to fail."""

    def __init__(self, **options: Any) -> None:
        self.held: list[Future[Any]] = []
        self.called: list[str] = []
        methods = {
            "echo": lambda params: list(params),
            "hold": lambda params: self._hold(),
            "note": lambda params: self.called.append(params.text(0)),
            "fail": self._fail,
            "long": lambda params: "x" * params.quantity(0),
            "strange": lambda params: object(),
        }
        self.dispatcher = Dispatcher(methods, **options)

    def _hold(self) -> Future[Any]:
        self.held.append(Future())
        return self.held[-1]

    @staticmethod
    def _fail(params: Any) -> Any:
        raise {
            "revert": ExecutionReverted("execution reverted: no", hint="hidden", data="0x12"),
            "low": NonceTooLow("nonce too low: next nonce 2, tx nonce 1", hint="use nonce 2"),
            "block": UnknownBlock("header not found", hint="hidden"),
            "bug": ZeroDivisionError("secret detail"),
        }[params.text(0)]

    def ask(self, body: bytes | str) -> Any:
        answer = self.dispatcher.handle(body if isinstance(body, bytes) else body.encode())
        answer = answer.result(5) if isinstance(answer, Future) else answer
        return json.loads(answer) if answer else None


@pytest.fixture
def bench() -> Bench:
    return Bench()


def call(method: str, *params: Any, identity: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": list(params)}


def test_a_request_is_answered_under_its_id(bench):
    for identity in (1, 0, -5, 1.5, "a", "", "ä\u2028", None, 2**70):
        answer = bench.ask(json.dumps(call("echo", "x", identity=identity)))
        assert answer == {"jsonrpc": "2.0", "id": identity, "result": ["x"]}


def test_params_may_be_absent_null_or_a_bare_value(bench):
    for params, expected in (
        ("", []),
        (',"params":null', []),
        (',"params":5', [5]),
        (',"params":[]', []),
        (',"params":"a"', ["a"]),
    ):
        assert bench.ask('{"jsonrpc":"2.0","id":1,"method":"echo"' + params + "}")["result"] == expected


def test_params_by_name_are_refused_in_geths_words(bench):
    error = bench.ask('{"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":1}}')["error"]

    assert error["code"] == -32602 and error["message"].startswith("non-array args")


@pytest.mark.parametrize(
    "body", ["", " ", "{", "nonsense", '{"id":1,}', "[1,", '{"jsonrpc":"2.0","id":1', "\xff", "{}{}", "NaN"]
)
def test_what_is_no_json_is_a_parse_error_without_id(bench, body):
    answer = bench.ask(body.encode("latin-1"))

    assert answer["id"] is None and answer["error"]["code"] == -32700


@pytest.mark.parametrize(
    ("body", "identity"),
    [
        ("1", None),
        ('"text"', None),
        ("null", None),
        ("{}", None),
        ('{"foo":"boo"}', None),
        ('{"jsonrpc":"2.0","id":5}', 5),
        ('{"jsonrpc":"2.0","id":5,"method":1}', 5),
        ('{"jsonrpc":"1.0","id":"b","method":"echo"}', "b"),
        ('{"id":5,"method":"echo"}', 5),
        ('{"jsonrpc":"2.0","id":[1],"method":"echo"}', None),
        ('{"jsonrpc":"2.0","id":{},"method":"echo"}', None),
        ('{"jsonrpc":"2.0","id":true,"method":"echo"}', None),
        ('{"jsonrpc":"2.0","id":1,"method":"echo","params":' + "[" * 100_000 + "]" * 100_000 + "}", None),
    ],
)
def test_what_is_no_request_is_an_invalid_request(bench, body, identity):
    answer = bench.ask(body)

    assert answer["id"] == identity and answer["error"]["code"] == -32600


def test_notifications_are_run_and_not_answered(bench):
    assert bench.dispatcher.handle(b'{"jsonrpc":"2.0","method":"note","params":["heard"]}') == b""
    assert bench.dispatcher.handle(b'{"jsonrpc":"2.0","method":"fail","params":["bug"]}') == b""
    assert bench.dispatcher.handle(b'{"jsonrpc":"2.0","method":"nothing"}') == b""
    assert bench.dispatcher.handle(b'{"jsonrpc":"2.0","method":"hold"}') == b""
    assert bench.called == ["heard"]
    bench.held[0].set_exception(ZeroDivisionError())


def test_the_specifications_batch_example(bench):
    body = (
        '[{"jsonrpc":"2.0","method":"echo","params":[1],"id":"1"},'
        '{"jsonrpc":"2.0","method":"note","params":["hello"]},'
        '{"foo":"boo"},'
        '{"jsonrpc":"2.0","method":"foo.get","params":[],"id":"5"},'
        '{"jsonrpc":"2.0","method":"echo","id":"9"}]'
    )
    answers = bench.ask(body)

    assert [answer["id"] for answer in answers] == ["1", None, "5", "9"]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32600, -32601, None]


def test_batches_of_nothing_of_rubbish_and_of_notifications(bench):
    assert bench.ask("[]") == {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "empty batch"}}
    assert [answer["error"]["code"] for answer in bench.ask("[1,2,3]")] == [-32600] * 3
    assert bench.ask("[1, 2")["error"]["code"] == -32700
    assert bench.dispatcher.handle(b'[{"jsonrpc":"2.0","method":"note","params":["a"]}]') == b""


def test_a_batch_keeps_its_order_and_later_entries_wait(bench):
    body = json.dumps(
        [
            call("echo", 1, identity=1),
            call("hold", identity=2),
            call("note", "late", identity=3),
            call("hold", identity=4),
        ]
    )
    answer = bench.dispatcher.handle(body.encode())

    assert isinstance(answer, Future) and not answer.done() and bench.called == [] and len(bench.held) == 1
    bench.held[0].set_result("b")
    assert bench.called == ["late"] and len(bench.held) == 2
    bench.held[1].set_result("d")
    assert [entry["id"] for entry in json.loads(answer.result(5))] == [1, 2, 3, 4]


def test_neighbours_that_belong_together_start_together():
    bench = Bench(together=lambda method, params: method == "hold")
    order = ["hold", "hold", "echo", "hold"]
    answer = bench.dispatcher.handle(json.dumps([call(name, identity=n) for n, name in enumerate(order)]).encode())

    assert len(bench.held) == 2
    bench.held[1].set_result("second first")
    assert len(bench.held) == 2, "the rest waits for all of the group"
    bench.held[0].set_exception(NonceTooLow("nonce too low"))
    assert len(bench.held) == 3
    bench.held[2].set_result("last")
    answers = json.loads(answer.result(5))
    assert [entry["id"] for entry in answers] == [0, 1, 2, 3]
    assert answers[0]["error"]["code"] == -32003 and answers[1]["result"] == "second first"


def test_the_rest_of_a_batch_leaves_the_thread_that_answered():
    resumed: list[threading.Thread] = []

    def resume(work):
        resumed.append(threading.Thread(target=work))
        resumed[-1].start()

    bench = Bench(resume=resume)
    answer = bench.dispatcher.handle(json.dumps([call("hold"), call("note", "after")]).encode())
    bench.held[0].set_result(1)

    assert len(json.loads(answer.result(5))) == 2
    assert len(resumed) == 1 and bench.called == ["after"]


def test_a_large_group_answered_backwards_is_no_problem():
    bench = Bench(together=lambda method, params: True)
    answer = bench.dispatcher.handle(json.dumps([call("hold", identity=n) for n in range(1000)]).encode())
    for future in reversed(bench.held):
        future.set_result(0)

    assert [entry["id"] for entry in json.loads(answer.result(5))] == list(range(1000))


def test_a_batch_whose_node_closes_is_answered():
    def closed(work):
        raise RuntimeError("cannot schedule new futures after shutdown")

    bench = Bench(resume=closed)
    answer = bench.dispatcher.handle(json.dumps([call("hold"), call("echo")]).encode())
    bench.held[0].set_result(1)

    assert json.loads(answer.result(5))["error"]["code"] == -32603


def test_a_cancelled_answer_says_that_the_node_is_stopping(bench):
    answer = bench.dispatcher.handle(json.dumps(call("hold")).encode())
    bench.held[0].cancel()

    assert "the node is stopping" in json.loads(answer.result(5))["error"]["message"]


def test_errors_carry_code_message_and_data(bench):
    assert bench.ask(json.dumps(call("fail", "revert")))["error"] == {
        "code": 3,
        "message": "execution reverted: no",
        "data": "0x12",
    }
    low = bench.ask(json.dumps(call("fail", "low")))["error"]
    assert low == {"code": -32003, "message": "nonce too low: next nonce 2, tx nonce 1 (use nonce 2)"}
    assert bench.ask(json.dumps(call("fail", "block")))["error"] == {"code": -32001, "message": "header not found"}


@pytest.mark.parametrize("method", ["fail", "strange"])
def test_the_unexpected_is_logged_under_the_id_that_is_answered(bench, caplog, method):
    error = bench.ask(json.dumps(call(method, "bug")))["error"]

    assert error["code"] == -32603 and "secret" not in error["message"] and "Traceback" not in error["message"]
    log_id = error["message"].split()[2]
    assert log_id in caplog.text


def test_the_limits_are_published_in_their_errors():
    bench = Bench(limits=Limits(body=500, batch=3, response=300))

    assert "at most 500" in bench.ask(b"x" * 501)["error"]["message"]
    assert bench.ask(b"x" * 501)["error"]["code"] == -32005
    batch = bench.ask(json.dumps([call("echo")] * 4))
    assert batch["error"]["code"] == -32600 and batch["error"]["message"].startswith("batch too large")
    assert "at most 3" in batch["error"]["message"]
    long = bench.ask(json.dumps(call("long", 400)))["error"]
    assert (
        long["code"] == LimitExceeded.code
        and long["message"].startswith("response too large")
        and "300" in long["message"]
    )


def test_a_batch_stops_working_when_its_answer_is_too_large():
    bench = Bench(limits=Limits(response=300))

    answers = bench.ask(json.dumps([call("long", 200), call("long", 200), call("note", "never")]))

    assert "result" in answers[0] and "result" in answers[1]
    assert answers[2]["error"]["code"] == -32005 and bench.called == []
