"""Numbers and formulas that do not need an execution: gas before the first opcode, limits of a block.

Fees per gas (base fee, blob base fee) are `chain.gasprice`.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from chain.model import AccessList, Record
from chain.primitives import Hash32
from chain.spec import Fork

TRANSACTION_GAS = 21_000
CREATION_GAS = 32_000
ZERO_BYTE_GAS = 4
NONZERO_BYTE_GAS = 16  # EIP-2028, from Istanbul on
NONZERO_BYTE_GAS_BEFORE = 68
ACCESS_LIST_ADDRESS_GAS = 2_400  # EIP-2930
ACCESS_LIST_SLOT_GAS = 1_900
INITCODE_WORD_GAS = 2  # EIP-3860
MAX_INITCODE_SIZE = 49_152
AUTHORIZATION_GAS = 25_000  # EIP-7702, charged as if the authority were a new account
EXISTING_AUTHORITY_REFUND = 12_500
FLOOR_TOKEN_GAS = 10  # EIP-7623
REFUND_QUOTIENT = 5  # EIP-3529, from London on
REFUND_QUOTIENT_BEFORE = 2
SELFDESTRUCT_REFUND_BEFORE = 24_000
MAX_NONCE = 2**64 - 1  # EIP-2681: no transaction may carry it

BLOB_GAS = 131_072  # EIP-4844
MAX_BLOBS = 9  # per block, EIP-7691
BLOB_HASH_VERSION = b"\x01"

GAS_LIMIT_STEP = 1_024  # a block's gas limit differs from its parent's by less than one part in this many
MIN_GAS_LIMIT = 5_000
MAX_GAS_LIMIT = 2**63 - 1
MAX_EXTRA_DATA = 32

EMPTY_REQUESTS_HASH: Hash32 = sha256(b"").digest()  # EIP-7685

DELEGATION_PREFIX = b"\xef\x01\x00"  # EIP-7702


class Upfront(Record):
    """Gas that a transaction owes whatever its execution does."""

    intrinsic: int  # charged before the first opcode
    floor: int  # the least charged in the end (EIP-7623)

    @property
    def required(self) -> int:
        """The lowest gas limit with which a transaction may stand in a block."""
        return max(self.intrinsic, self.floor)


def upfront_gas(
    data: bytes, *, creates: bool, access_list: AccessList, authorizations: int, fork: Fork = Fork.PRAGUE
) -> Upfront:
    """Intrinsic gas and calldata floor."""
    zeros = data.count(0)
    nonzeros = len(data) - zeros
    nonzero_gas = NONZERO_BYTE_GAS if fork >= Fork.ISTANBUL else NONZERO_BYTE_GAS_BEFORE
    intrinsic = TRANSACTION_GAS + ZERO_BYTE_GAS * zeros + nonzero_gas * nonzeros
    if creates and fork >= Fork.HOMESTEAD:
        intrinsic += CREATION_GAS
    if creates and fork >= Fork.SHANGHAI:
        intrinsic += INITCODE_WORD_GAS * ((len(data) + 31) // 32)
    for _, slots in access_list:
        intrinsic += ACCESS_LIST_ADDRESS_GAS + ACCESS_LIST_SLOT_GAS * len(slots)
    intrinsic += AUTHORIZATION_GAS * authorizations
    if fork < Fork.PRAGUE:
        return Upfront(intrinsic=intrinsic, floor=0)
    return Upfront(intrinsic=intrinsic, floor=TRANSACTION_GAS + FLOOR_TOKEN_GAS * (zeros + 4 * nonzeros))


def is_delegation(code: bytes) -> bool:
    """Whether an account's code only points to another account's code (EIP-7702)."""
    return len(code) == 23 and code.startswith(DELEGATION_PREFIX)


def gas_limit_bounds(parent_limit: int) -> tuple[int, int]:
    """Lowest and highest gas limit that may follow `parent_limit`."""
    step = parent_limit // GAS_LIMIT_STEP
    return max(MIN_GAS_LIMIT, parent_limit - step + 1), min(MAX_GAS_LIMIT, parent_limit + step - 1)


def gas_limit_towards(parent_limit: int, wish: int | None) -> int:
    """The gas limit nearest to `wish` that may follow `parent_limit`; the parent's own without a wish."""
    if wish is None:
        return parent_limit
    lowest, highest = gas_limit_bounds(parent_limit)
    return min(max(wish, lowest), highest)


def requests_hash(requests: Iterable[bytes]) -> Hash32:
    """Commitment to a block's requests (EIP-7685), each its type byte and data; those without data do not count."""
    return sha256(b"".join(sha256(request).digest() for request in requests if len(request) > 1)).digest()
