from __future__ import annotations

import email
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chain.blobs import BlobStore, cid_of
from chain.client import NodeFiles
from chain.errors import BlobCorrupt, BlobUnknown, NodeUnreachable


class Kubo(HTTPServer):
    """The two paths of a Kubo node that we use, with a store behind them and a way to make it lie."""

    blobs = BlobStore(None)
    answer: bytes | None = None


class _Handler(BaseHTTPRequestHandler):
    server: Kubo

    def do_POST(self) -> None:
        assert self.path == "/api/v0/add?cid-version=1&raw-leaves=true&pin=true"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        (part,) = email.message_from_bytes(head + body).get_payload()
        assert part.get_param("name", header="content-disposition") == "file"
        cid = self.server.blobs.put(part.get_payload(decode=True))
        self._reply(self.server.answer or json.dumps({"Name": cid, "Hash": cid, "Size": "1"}).encode() + b"\n")

    def do_GET(self) -> None:
        try:
            self._reply(self.server.answer or self.server.blobs.get(self.path.removeprefix("/ipfs/")))
        except BlobUnknown:
            self.send_error(404)

    def _reply(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def kubo() -> Iterator[Kubo]:
    with Kubo(("127.0.0.1", 0), _Handler) as server:
        server.blobs = BlobStore(None)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def files(kubo: Kubo) -> NodeFiles:
    return NodeFiles(f"http://127.0.0.1:{kubo.server_port}/")


@pytest.mark.parametrize("data", [b"", b"hello", b"--\r\n\r\n--x--\r\n", bytes(300_000)])
def test_a_file_goes_up_and_comes_down(files: NodeFiles, data: bytes) -> None:
    cid = files.put(data)

    assert cid == cid_of(data)
    assert files.get(cid) == data


def test_a_node_that_stored_something_else_is_not_believed(kubo: Kubo, files: NodeFiles) -> None:
    kubo.answer = json.dumps({"Hash": cid_of(b"other")}).encode()

    with pytest.raises(BlobCorrupt, match="stored bafk"):
        files.put(b"hello")


def test_a_node_that_answers_other_bytes_is_not_believed(kubo: Kubo, files: NodeFiles) -> None:
    cid = files.put(b"hello")
    kubo.answer = b"hullo"

    with pytest.raises(BlobCorrupt, match="5 bytes that hash to"):
        files.get(cid)


def test_a_node_that_answers_nonsense_to_an_upload_is_named(kubo: Kubo, files: NodeFiles) -> None:
    kubo.answer = b"<html>"

    with pytest.raises(NodeUnreachable, match="did not say what it stored"):
        files.put(b"hello")


def test_a_file_the_node_does_not_have_is_unknown(files: NodeFiles) -> None:
    with pytest.raises(BlobUnknown, match="has no file"):
        files.get(cid_of(b"never"))


def test_a_node_that_is_gone_is_unreachable() -> None:
    with pytest.raises(NodeUnreachable, match="cannot reach"):
        NodeFiles("http://127.0.0.1:1").put(b"hello")
