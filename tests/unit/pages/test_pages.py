"""Page, health, and files by their content."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from chain.blobs import BlobStore, cid_of, digest_of
from chain.errors import InvalidRequest
from chain.pages import Pages
from chain.pages.ipfs import media_type
from chain.pages.multipart import uploads

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


@pytest.fixture
def folder(tmp_path):
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html>page")
    (page / "assets" / "main-1a2b.js").write_text("run()")
    (tmp_path / "secret.txt").write_text("secret")
    (page / "link.txt").symlink_to(tmp_path / "secret.txt")
    return page


@pytest.fixture
def blobs():
    return BlobStore(None)


@pytest.fixture
def pages(folder, blobs):
    return Pages(folder, blobs, health=lambda: {"block": 7})


def get(pages, path, method="GET", body=b"", **headers):
    return pages.answer(method, path, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def form(*files, boundary="XyZ"):
    body = b""
    for name, data in files:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode()
        body += b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n"
    return {"content_type": f"multipart/form-data; boundary={boundary}", "body": body + f"--{boundary}--\r\n".encode()}


def test_the_page_is_served_with_a_strict_policy(pages):
    answer = get(pages, "/?x=1")

    assert answer.status == 200 and answer.body == b"<!doctype html>page"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-cache"


def test_hashed_files_are_cached_for_good_and_the_others_are_checked(pages):
    asset = get(pages, "/assets/main-1a2b.js")
    assert "immutable" in asset.headers["cache-control"] and asset.headers["content-type"].startswith("text/javascript")

    again = get(pages, "/", if_none_match=get(pages, "/").headers["etag"])
    assert again.status == 304 and again.body == b""


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/link.txt",
        "//etc/passwd",
        "/assets",
        "/index.html/",
        "/%00",
        "/nothing",
        "*",
        "",
    ],
)
def test_no_path_leads_out_of_the_folder(pages, path):
    answer = get(pages, path)

    assert answer.status == 404 and b"secret" not in answer.body


def test_without_a_built_page_the_node_introduces_itself():
    answer = get(Pages(), "/")

    assert answer.status == 200 and b"MZ Chain" in answer.body and b"JSON-RPC" in answer.body


def test_health_is_json(pages):
    assert json.loads(get(pages, "/healthz").body) == {"status": "ok", "block": 7}


def test_other_methods_are_told_what_is_allowed(pages):
    assert get(pages, "/", "PUT").headers["allow"] == "GET, HEAD, POST"
    assert get(pages, "/healthz", "POST").status == 405
    assert get(pages, "/ipfs/x", "POST").headers["allow"] == "GET, HEAD"
    assert get(pages, "/api/v0/add", "GET").headers["allow"] == "POST"


def test_an_added_file_has_the_cid_that_ipfs_gives_it_and_is_served(pages):
    data = b"hello world\n"
    answer = get(pages, "/api/v0/add?pin=true&cid-version=1", "POST", **form(("hello.txt", data)))
    told = json.loads(answer.body)

    assert answer.status == 200 and told == {"Name": "hello.txt", "Hash": cid_of(data), "Size": "12"}
    shown = get(pages, f"/ipfs/{told['Hash']}?filename=hello.txt")
    assert shown.body == data and shown.headers["content-type"].startswith("text/plain")
    assert shown.headers["content-disposition"] == "inline; filename*=UTF-8''hello.txt"
    assert "immutable" in shown.headers["cache-control"]
    assert get(pages, f"/api/v0/cat?arg=/ipfs/{told['Hash']}", "POST").body == data
    assert get(pages, f"/ipfs/{told['Hash']}", if_none_match=shown.headers["etag"]).status == 304


def test_several_files_are_answered_line_by_line(pages):
    answer = get(pages, "/api/v0/add", "POST", **form(("a", b"1"), ('b\\"c', b"\r\n--Xy\r\n"), ("d", b"")))

    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert [line["Name"] for line in lines] == ["a", 'b"c', "d"]
    assert [line["Size"] for line in lines] == ["1", "8", "0"]


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script>x</script>",
        b"  <!DOCTYPE html>",
        b"\xef\xbb\xbf<svg onload=x>",
        b"<?xml version='1.0'?>",
        b"%PDF-1.4\x00",
        b"MZ\x00\x01",
        b"\xff\xfe<\x00h\x00",
    ],
)
def test_what_a_browser_might_run_is_saved_instead(pages, blobs, data):
    answer = get(pages, f"/ipfs/{blobs.put(data)}?filename=innocent.png")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"{}", "text/plain; charset=utf-8"),
        (b"", "text/plain; charset=utf-8"),
        ("中文".encode(), "text/plain; charset=utf-8"),
    ],
)
def test_images_and_text_are_known_by_their_bytes(data, kind):
    assert media_type(data) == kind


def test_a_file_name_cannot_break_out_of_its_header(pages, blobs):
    answer = get(pages, f"/ipfs/{blobs.put(b'x')}?filename=a%0d%0aSet-Cookie:%20b%22;")

    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b%22%3B"


def test_unknown_damaged_and_malformed_addresses_say_so(pages, blobs):
    assert get(pages, f"/ipfs/{cid_of(b'elsewhere')}").status == 404
    assert get(pages, "/ipfs/not-a-cid").status == 400
    assert get(pages, "/api/v0/cat?arg=not-a-cid", "POST").status == 400
    assert get(pages, "/api/v0/cat", "POST").status == 400
    assert get(pages, f"/api/v0/cat?arg={cid_of(b'elsewhere')}", "POST").status == 404
    error = json.loads(get(pages, "/api/v0/cat", "POST").body)
    assert error["Type"] == "error" and error["Code"] == 0 and "arg=" in error["Message"]


def test_only_hash_says_the_cid_and_keeps_nothing(pages):
    told = json.loads(get(pages, "/api/v0/add?only-hash=true", "POST", **form(("a", b"never kept"))).body)

    assert told["Hash"] == cid_of(b"never kept")
    assert get(pages, f"/api/v0/cat?arg={told['Hash']}", "POST").status == 404


def test_pins_are_set_listed_and_taken_off(pages):
    cid = json.loads(get(pages, "/api/v0/add?pin=false", "POST", **form(("a", b"pin me"))).body)["Hash"]
    listed = f"/api/v0/pin/ls?arg={cid}"
    assert get(pages, listed, "POST").status == 400

    assert json.loads(get(pages, f"/api/v0/pin/add?arg=/ipfs/{cid}", "POST").body) == {"Pins": [cid]}
    assert json.loads(get(pages, listed, "POST").body) == {"Keys": {cid: {"Type": "recursive"}}}
    streamed = get(pages, f"{listed}&stream=true", "POST").body
    assert json.loads(streamed) == {"Cid": cid, "Type": "recursive"}

    assert get(pages, f"/api/v0/pin/rm?arg={cid}", "POST").status == 200
    again = get(pages, f"/api/v0/pin/rm?arg={cid}", "POST")
    assert again.status == 400 and json.loads(again.body)["Message"] == "not pinned or pinned indirectly"
    assert get(pages, f"/api/v0/cat?arg={cid}", "POST").body == b"pin me"


def test_every_block_of_a_large_file_hashes_to_its_own_cid(pages):
    data = bytes(range(256)) * 2048  # two leaves of 256 KiB
    root = json.loads(get(pages, "/api/v0/add", "POST", **form(("a", data))).body)["Hash"]
    leaves = [cid_of(data[:262_144]), cid_of(data[262_144:])]

    node = get(pages, f"/api/v0/block/get?arg={root}", "POST").body

    assert sha256(node).digest() == digest_of(root)
    assert all(digest_of(leaf) in node for leaf in leaves)
    for leaf, part in zip(leaves, (data[:262_144], data[262_144:]), strict=True):
        assert get(pages, f"/api/v0/block/get?arg={leaf}", "POST").body == part
    assert get(pages, f"/api/v0/block/get?arg={cid_of(b'elsewhere')}", "POST").status == 404
    assert get(pages, f"/api/v0/cat?arg={root}&offset=262140&length=8", "POST").body == data[262_140:262_148]


def added(answer):
    """Name, CID and size of each line."""
    return [tuple(json.loads(line).values()) for line in answer.body.splitlines()]


def test_a_folder_is_kept_and_its_files_are_found_by_path(pages):
    files = form(("notes/a b.txt", b"a"), ("notes/deep/b.txt", b"bb"), ("c.txt", b"c"))

    told = added(get(pages, "/api/v0/add?wrap-with-directory=true", "POST", **files))

    names = ["notes/a b.txt", "notes/deep/b.txt", "c.txt", "notes/deep", "notes", ""]
    assert [name for name, _, _ in told] == names
    root = told[-1][1]
    for path, data in (("notes/a%20b.txt", b"a"), ("notes/deep/b.txt", b"bb"), ("c.txt", b"c")):
        answer = get(pages, f"/ipfs/{root}/{path}")
        assert (answer.status, answer.body) == (200, data)
        assert answer.headers["content-security-policy"].startswith("sandbox")
        assert answer.headers["etag"] == f'"{cid_of(data)}"'
    assert get(pages, f"/api/v0/cat?arg=/ipfs/{root}/notes/deep/b.txt", "POST").body == b"bb"
    listed = get(pages, f"/ipfs/{root}/notes/")
    assert listed.headers["content-type"].startswith("text/plain") and b"a b.txt" in listed.body
    for nowhere in (f"{root}/notes/x", f"{root}/c.txt/d", f"{root}/notes//b.txt", f"{root}/.."):
        assert get(pages, f"/ipfs/{nowhere}").status == 404
    whole = get(pages, f"/api/v0/cat?arg={root}", "POST")
    assert whole.status == 400 and json.loads(whole.body)["Message"] == "this dag node is a directory"
    block = get(pages, f"/api/v0/block/get?arg={root}", "POST").body
    assert sha256(block).digest() == digest_of(root)
    assert list(json.loads(get(pages, "/api/v0/pin/ls", "POST").body)["Keys"]) == [root]


def test_what_makes_no_folder_is_refused_before_anything_is_kept(pages, blobs):
    for names in (("d/a", "d/a"), ("d/a", "d"), ("d", "d/a"), ("d/../a", "b"), ("d//a", "b"), ("d/" * 33 + "a", "b")):
        answer = get(pages, "/api/v0/add?wrap-with-directory=true", "POST", **form(*((name, b"x") for name in names)))
        assert answer.status == 400, names
    assert list(blobs) == []


def test_a_path_below_a_file_leads_nowhere(pages):
    cid = json.loads(get(pages, "/api/v0/add", "POST", **form(("a", b"alone"))).body)["Hash"]

    below = get(pages, f"/api/v0/cat?arg=/ipfs/{cid}/readme", "POST")

    assert below.status == 400 and "no link named" in json.loads(below.body)["Message"]


def test_the_node_says_who_it_is_as_kubo_does(pages):
    told = json.loads(get(pages, "/api/v0/id", "POST").body)

    assert told["ID"].startswith("12D3KooW") and len(told["ID"]) == 52
    assert json.loads(get(pages, "/api/v0/version", "POST").body)["System"] == "mz"


def test_a_file_above_the_stores_limit_is_413(folder):
    small = Pages(folder, BlobStore(None, limit=10))

    assert get(small, "/api/v0/add", "POST", **form(("big", b"x" * 11))).status == 413


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("trickle=true", "trickle"),
        ("cid-version=0", "version 1"),
    ],
)
def test_what_kubo_can_and_we_cannot_is_refused_by_name(pages, query, words):
    answer = get(pages, f"/api/v0/add?{query}", "POST", **form(("a", b"1")))

    assert answer.status == 400 and words in json.loads(answer.body)["Message"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nno blank line--b--"),
        ("multipart/form-data; boundary=b", b""),
    ],
)
def test_a_broken_form_is_refused(content_type, body):
    with pytest.raises(InvalidRequest):
        uploads(content_type, body)


def test_fields_that_are_no_files_are_skipped(pages):
    body = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n--b--'

    assert get(pages, "/api/v0/add", "POST", body, content_type='multipart/form-data; boundary="b"').status == 400
    assert get(pages, "/api/v0/stat", "POST").status == 404
    assert json.loads(get(pages, "/api/v0/version", "POST").body)["System"] == "mz"
