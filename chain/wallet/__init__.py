"""Keys: accounts that sign, the encrypted files they rest in, and the set that a program holds unlocked.

Responsible for secp256k1 keys, signatures and keystore files (version 3, as geth and cast write them). Not responsible
for nonces, fees or sending: that is `chain.client`. This package is the one door to eth-account.

    dev_accounts("test … junk") ─┐
    Keystore.unlock(name, pw) ───┼─► Account ─► Wallet ─► client signs by address
    Account.create() ────────────┘
    ExternalSigner(command).accounts() ─► ExternalAccount: the key stays with another program
"""

from chain.wallet.account import Account, prepare, recovered
from chain.wallet.external import ExternalAccount, ExternalSigner, Signer
from chain.wallet.keystore import Entry, Keystore
from chain.wallet.mnemonic import DEV_MNEMONIC, accounts_from_mnemonic, dev_accounts
from chain.wallet.wallet import Wallet

__all__ = [
    "DEV_MNEMONIC",
    "Account",
    "Entry",
    "ExternalAccount",
    "ExternalSigner",
    "Keystore",
    "Signer",
    "Wallet",
    "accounts_from_mnemonic",
    "dev_accounts",
    "prepare",
    "recovered",
]
