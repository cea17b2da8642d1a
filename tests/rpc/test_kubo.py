"""Files by content: Kubo's official client at our node, and our node with another one's files instead of its folder."""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from chain.blobs import PROFILES, KuboStore, cid_of
from chain.client import NodeFiles
from chain.errors import BlobCorrupt, BlobTooLarge, BlobUnknown, BlobUnreachable
from chain.launch import NodeOptions, Running, start
from tests.optional import require
from tests.rpc.test_clients import run

# Its own words for everything: this is what a developer with a Kubo node writes today.
CLIENT = """
import * as dagPB from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import { create } from "kubo-rpc-client";
import { CID } from "multiformats/cid";
import { sha256 } from "multiformats/hashes/sha2";
const ipfs = create({ url: process.argv[1] });
const list = async (parts) => { const all = []; for await (const part of parts) all.push(part); return all; };
const bytes = async (parts) => Buffer.concat(await list(parts));
const refused = async (wish) => wish.then(() => "not refused", (problem) => problem.message);
const large = Buffer.alloc(1_000_000, 7);
const settings = { cidVersion: 1, rawLeaves: true };
const note = await ipfs.add({ path: "note.txt", content: "kept by its content" }, { ...settings, pin: false });
await ipfs.pin.add(note.cid);
const pins = (await list(ipfs.pin.ls())).map((pin) => [String(pin.cid), pin.type]);
await ipfs.pin.rm(note.cid);
const files = [{ path: "a.bin", content: large }, { path: "b.txt", content: "b" }];
const both = await list(ipfs.addAll(files, settings));
const wide = await ipfs.add(large, { ...settings, chunker: "size-1048576" });
const root = await ipfs.block.get(both[0].cid);
// What the libraries of IPFS make of the same tree, without us.
const node = async (Name, links) => {
  const block = dagPB.encode(dagPB.prepare({ Data: new UnixFS({ type: "directory" }).marshal(), Links: links }));
  const Hash = CID.createV1(dagPB.code, await sha256.digest(block));
  return { Name, Hash, Tsize: links.reduce((sum, link) => sum + link.Tsize, block.length) };
};
const file = async (Name, text) => {
  const bytes = new TextEncoder().encode(text);
  return { Name, Hash: CID.createV1(0x55, await sha256.digest(bytes)), Tsize: bytes.length };
};
const deep = await node("深", [await file("b.txt", "bb")]);
const big = { Name: "big", Hash: both[0].cid, Tsize: both[0].size };
const folder = await node("notes", [await file("a b.txt", "a"), deep, big]);
const whole = await node("", [await file("Z.txt", "z"), folder]);
const tree = [
  { path: "notes/a b.txt", content: "a" }, { path: "notes/深/b.txt", content: "bb" },
  { path: "notes/big", content: large }, { path: "Z.txt", content: "z" },
];
console.log(JSON.stringify({
  note: [note.path, String(note.cid), note.size], pins,
  read: String(await bytes(ipfs.cat(note.cid))),
  part: String(await bytes(ipfs.cat(note.cid, { offset: 5, length: 2 }))),
  unpinned: await refused(ipfs.pin.rm(note.cid)),
  both: both.map((file) => [file.path, String(file.cid)]),
  same: large.equals(await bytes(ipfs.cat(both[0].cid))),
  wide: String(wide.cid), root: root.length, stat: (await ipfs.block.stat(both[0].cid)).size,
  onlyHash: String((await ipfs.add("never kept", { ...settings, onlyHash: true })).cid),
  folder: await list(ipfs.addAll(tree, { ...settings, wrapWithDirectory: true })).then(
    (all) => all.map((one) => [one.path, String(one.cid), one.size]), (problem) => problem.message),
  expected: [deep, folder, whole].map((one) => [String(one.Hash), one.Tsize]),
  old: await refused(ipfs.add("x", { cidVersion: 0 })),
  missing: await refused(bytes(ipfs.cat("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"))),
  agent: (await ipfs.id()).agentVersion, version: (await ipfs.version()).system,
}));
"""
LARGE = bytes([7]) * 1_000_000
FILES = ["notes/a b.txt", "notes/深/b.txt", "notes/big", "Z.txt"]


@pytest.fixture(scope="module")
def kubo() -> Iterator[Running]:
    """A node of ours stands for the Kubo node: none can be installed from a package registry."""
    running = start(NodeOptions(), port=0)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def behind(kubo: Running) -> Iterator[Running]:
    """A node whose files are at the other one."""
    running = start(NodeOptions(kubo=kubo.url), port=0)
    yield running
    running.stop()


@pytest.mark.parametrize("which", ["kubo", "behind"])
def test_the_official_client_adds_reads_and_pins(which: str, request: pytest.FixtureRequest) -> None:
    node = require("node")
    require("kubo-rpc-client", Path("node_modules/kubo-rpc-client"))
    served: Running = request.getfixturevalue(which)

    told = json.loads(run(node, "--input-type=module", "-e", CLIENT, served.url))

    cid = cid_of(b"kept by its content")
    assert told["note"] == ["note.txt", cid, 19]
    assert [cid, "recursive"] in told["pins"]
    assert (told["read"], told["part"]) == ("kept by its content", "by")
    assert told["unpinned"] == "not pinned or pinned indirectly"
    assert told["both"] == [["a.bin", cid_of(LARGE)], ["b.txt", cid_of(b"b")]]
    assert told["same"] and told["stat"] == told["root"] < 1_000
    assert told["wide"] == cid_of(LARGE, PROFILES["unixfs-v1-2025"])
    assert told["onlyHash"] == cid_of(b"never kept")
    assert "version 1" in told["old"]
    if which == "kubo":
        assert [name for name, _, _ in told["folder"]] == [*FILES, "notes/深", "notes", ""]
        assert [place[1:] for place in told["folder"][-3:]] == told["expected"]
    else:
        assert "cannot be kept through this node" in told["folder"]
    assert told["missing"].startswith("no file bafkreihdw")
    assert told["agent"].startswith("mz/") and told["version"] == "mz"


def test_what_one_node_was_given_is_read_from_the_other(kubo: Running, behind: Running) -> None:
    through, direct = NodeFiles(behind.url), NodeFiles(kubo.url)

    cid = through.put(b"a bundle of somebody's")

    assert direct.get(cid) == through.get(cid) == b"a bundle of somebody's"
    assert cid in kubo.blobs.pinned()
    assert list(behind.blobs) == behind.blobs.pinned() == kubo.blobs.pinned()
    behind.blobs.pin(cid, False)
    assert cid not in kubo.blobs.pinned()
    behind.blobs.pin(cid, False)
    with pytest.raises(BlobUnknown, match="has no file"):
        through.get(cid_of(b"nobody's"))
    with pytest.raises(BlobUnknown, match="no file"):
        behind.blobs.pin(cid_of(b"nobody's"))


def test_a_folder_added_at_one_node_is_read_through_the_other(kubo: Running, behind: Running) -> None:
    part = '--x\r\nContent-Disposition: form-data; name="file"; filename="{}"\r\n\r\n{}\r\n'
    body = part.format("d%2Fa.txt", "a") + part.format("d%2Fdeep%2Fb.txt", "bb") + "--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    wish = urllib.request.Request(f"{kubo.url}/api/v0/add", body.encode(), headers, method="POST")
    with urllib.request.urlopen(wish) as answer:
        told = [json.loads(line) for line in answer]

    assert [line["Name"] for line in told] == ["d/a.txt", "d/deep/b.txt", "d/deep", "d"]
    with urllib.request.urlopen(f"{behind.url}/ipfs/{told[-1]['Hash']}/deep/b.txt") as answer:
        assert answer.read() == b"bb"


class Liar(HTTPServer):
    """Says the same whatever it is asked."""

    status, answer = 200, b""


class _Handler(BaseHTTPRequestHandler):
    server: Liar

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def liar() -> Iterator[Liar]:
    with Liar(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_kubo_node_is_not_believed(liar: Liar) -> None:
    store = KuboStore(f"http://127.0.0.1:{liar.server_port}/api/v0/", limit=100)

    liar.answer = b"hullo"
    with pytest.raises(BlobCorrupt, match="5 bytes that hash to"):
        store.get(cid_of(b"hello"))
    with pytest.raises(BlobCorrupt, match="do not hash to it"):
        store.block(cid_of(b"hello"))
    with pytest.raises(BlobUnreachable, match="did not say what it stored"):
        store.put(b"hello")
    with pytest.raises(BlobUnreachable, match="answered version"):
        store.version()
    liar.answer = json.dumps({"Hash": cid_of(b"hullo")}).encode()
    with pytest.raises(BlobCorrupt, match="the file is bafk"):
        store.put(b"hello")
    liar.answer = bytes(101)
    with pytest.raises(BlobTooLarge, match="more than 100"):
        store.get(cid_of(b"hello"))
    with pytest.raises(BlobTooLarge, match="at most 100"):
        store.put(bytes(101))


@pytest.mark.parametrize(
    "words",
    ["block was not found locally (offline): ipld: could not find bafk", "ipld: could not find bafk"],
)
def test_kubos_words_for_a_missing_file_are_understood(liar: Liar, words: str) -> None:
    liar.status, liar.answer = 500, json.dumps({"Message": words, "Code": 0, "Type": "error"}).encode()
    store = KuboStore(f"http://127.0.0.1:{liar.server_port}")

    assert not store.has(cid_of(b"hello"))
    with pytest.raises(BlobUnknown):
        store.get(cid_of(b"hello"))
    liar.answer = json.dumps({"Message": "lock /repo: someone else has it", "Code": 0, "Type": "error"}).encode()
    with pytest.raises(BlobUnreachable, match="someone else has it"):
        store.get(cid_of(b"hello"))


def test_what_speaks_no_http_is_no_kubo_node() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(10_000)
                taken.sendall(b"220 mail.example ready\r\n")

        thread = threading.Thread(target=speak)
        thread.start()
        with pytest.raises(BlobUnreachable, match="cannot be reached"):
            KuboStore(f"http://127.0.0.1:{server.getsockname()[1]}").get(cid_of(b"hello"))
        thread.join()


def test_a_node_without_its_kubo_node_says_so(liar: Liar) -> None:
    with pytest.raises(BlobUnreachable, match="cannot be reached"):
        start(NodeOptions(kubo="http://127.0.0.1:1"), port=0)
    liar.answer = json.dumps({"Version": "0.43.1"}).encode()
    behind = start(NodeOptions(kubo=f"http://127.0.0.1:{liar.server_port}"), port=0)
    try:
        liar.status, liar.answer = 500, b"disk full"
        node = require("curl")
        shown = run(node, "-sS", "-w", " %{http_code}", f"{behind.url}/ipfs/{cid_of(b'hello')}")
        assert "disk full" in shown and shown.endswith(" 502")
    finally:
        behind.stop()
