import { describe, expect, it } from "vitest";
import { bytesToHex } from "viem/utils";
import { keystoreOf, open, seal } from "../src/wallet/keystore";

// A test vector of the Web3 Secret Storage Definition, which names no address. Of its scrypt, in the browser, there is
// what eth-account writes.
const KEY = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
const PASSWORD = "testpassword";
const PBKDF2 = `{"crypto": {"cipher": "aes-128-ctr", "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
  "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46", "kdf": "pbkdf2",
  "kdfparams": {"c": 262144, "dklen": 32, "prf": "hmac-sha256",
    "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
  "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
  "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3}`;
describe("key files", () => {
  it("the published one is opened", async () => {
    expect(bytesToHex(await open(keystoreOf(PBKDF2)!, PASSWORD))).toBe(KEY);
  });

  it("a wrong password is told from a wrong file", async () => {
    await expect(open(keystoreOf(PBKDF2)!, "another")).rejects.toThrow("wrong password");
  });

  it("what was sealed is opened, and the address that others write with 0x is read without", async () => {
    const made = await seal(new Uint8Array(32).fill(7), `0x${"Ab".repeat(20)}`, PASSWORD, 2 ** 10);

    expect(await open(made, PASSWORD)).toEqual(new Uint8Array(32).fill(7));
    expect(keystoreOf(JSON.stringify({ ...made, address: `0x${made.address}` }))!.address).toBe("ab".repeat(20));
  });

  it.each(["", "[]", "null", '{"version": 1}', '{"version": 3}', '{"version": 3, "crypto": {"mac": 1}}'])("%j is none", (text) => {
    expect(keystoreOf(text)).toBeNull();
  });

  it("one that asks for too much work is refused before it is done", async () => {
    const made = await seal(new Uint8Array(32).fill(7), `0x${"ab".repeat(20)}`, PASSWORD, 2);
    made.crypto.kdfparams.n = 2 ** 22;

    await expect(open(made, PASSWORD)).rejects.toThrow("too much work");
  });
});
