"""CIDs against those that ipfs-unixfs-importer 17.1.1, the reference implementation, gives for the same bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.blobs import PROFILES, cid_of, cids_with_digest, digest_of
from chain.errors import BlobError

WELL_KNOWN = {
    b"": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    b"hello world": "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
}

# Byte i is (7 i + i // 256) mod 256.
IMPORTER = {
    "ipfs-add-v1": {
        1: "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu",
        262_143: "bafkreigw3co2s63gfycy5g6gpjw64dj3ooh7f6pg72e6h6dofibtwezkjy",
        262_144: "bafkreibdffnmnzlbq264m4kqmxcslchnncczdb567t7xahpgbhdyigvtr4",
        262_145: "bafybeielov4zxeb3kwwrtgpluv2mh72hsf7vjypbok654v7i2ox5ylnlje",
        1_000_000: "bafybeibuixlb7tz4oxx3iimql5l5erxezzx7d6u4m6dsj5thakltodmici",
        1_048_577: "bafybeid6x5h7imlgta56khgtf7mpym35vczu7j42tshlbfdjvci3mzt7qe",
        262_144 * 174: "bafybeibhdmfsjcrpm35ps7u2gne73oftfex62xvtxg3ntryfmuu3fjhnpa",
        262_144 * 174 + 1: "bafybeigyxjz3g6zjgfexlgl6wnuvknwi57az7lafdcrm5vn6hksyzackyi",
        50 * 1024**2 + 3: "bafybeibyadcobysxic2olpo2w6ay6yrr5ryuiczun43huqratuvpi4wei4",
    },
    "unixfs-v1-2025": {
        262_145: "bafkreibdp25pabtr22zr5pftiytagnqxlbjp7m4uf56qivbe7jn7dqwsai",
        1_000_000: "bafkreigeb4v3mudl4gl5iiybsm36ikqzhuebgeus7xw7o3hnbp2khk4iry",
        1_048_577: "bafybeieofemmtv5mcmqqgckmrzjctyofxv4h2exgvbfjpg3ddjkxwpyln4",
        262_144 * 174 + 1: "bafybeiez5rawjdevkjl6lwumz5x6yxgvst7djb5azl22nb7ih6jilkzsne",
        50 * 1024**2 + 3: "bafybeicrxkpulmktncm6uh4tscr7kdlvfhljozk2s2k3y5izjlt2cqwqx4",
    },
}


@pytest.fixture(scope="module")
def content() -> memoryview:
    round_ = b"".join(bytes((i * 7 + shift) & 255 for i in range(256)) for shift in range(256))
    largest = max(size for sizes in IMPORTER.values() for size in sizes)
    return memoryview(round_ * (largest // len(round_) + 1))


@pytest.mark.parametrize("data", WELL_KNOWN)
def test_a_small_file_has_the_cid_that_ipfs_add_prints(data: bytes) -> None:
    assert cid_of(data) == WELL_KNOWN[data]


@pytest.mark.parametrize(("profile", "size"), [(name, size) for name, sizes in IMPORTER.items() for size in sizes])
def test_every_depth_of_tree_has_the_reference_importers_cid(content: memoryview, profile: str, size: int) -> None:
    assert cid_of(content[:size], PROFILES[profile]) == IMPORTER[profile][size]


@given(st.binary(max_size=300))
def test_a_digest_leads_back_to_its_cid(data: bytes) -> None:
    cid = cid_of(data)

    assert cids_with_digest(digest_of(cid))[0] == cid


def test_the_cid_of_a_tree_is_the_second_one_of_its_digest() -> None:
    cid = cid_of(bytes(300_000))

    assert cids_with_digest(digest_of(cid))[1] == cid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "QmfM4CLBKbyxkEjV8wDsZb8WmcYqLWd5cXJcjTr7RKgPqC",
        "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5",
        "BAFKREIFZJUT3TE7NHYEKKLSS27NH3K72YSCO7Y32KOAO5EEI66WOF36N5E",
        "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5f",
        "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e=",
        "../../etc/passwd",
        "bé",
    ],
)
def test_what_is_not_the_one_spelling_of_a_cid_is_refused(text: str) -> None:
    with pytest.raises(BlobError, match="not a"):
        digest_of(text)
