/** Keys at rest: Web3 secret storage, version 3: scrypt, AES-128-CTR by WebCrypto, keccak MAC. Runs in the worker. */

import { scryptAsync } from "@noble/hashes/scrypt";
import { keccak256, bytesToHex, concatBytes, hexToBytes } from "viem/utils";

export interface Keystore {
  version: 3;
  id: string;
  address?: string; // optional, and only what the file says of itself
  crypto: {
    cipher: string;
    ciphertext: string;
    cipherparams: { iv: string };
    kdf: string;
    kdfparams: { n?: number; r?: number; p?: number; dklen: number; salt: string; c?: number; prf?: string };
    mac: string;
  };
}

export type Sealed = Keystore & { address: string };

export const WORK = 2 ** 17; // scrypt's n
const MOST_WORK = 2 ** 20;

/** A keystore out of a file's text, null for anything else. Some write `Crypto`, some the address with 0x, some none. */
export function keystoreOf(text: string): Keystore | null {
  try {
    const found = JSON.parse(text) as Omit<Keystore, "crypto"> & { crypto?: Keystore["crypto"]; Crypto?: Keystore["crypto"] };
    const box = found.crypto ?? found.Crypto;
    if (found.version !== 3 || typeof box?.ciphertext !== "string" || typeof box.mac !== "string" || !box.kdfparams) return null;
    const address = /^(?:0x)?([0-9a-fA-F]{40})$/.exec(String(found.address ?? ""))?.[1];
    return { version: 3, id: String(found.id ?? ""), ...(address ? { address } : {}), crypto: box };
  } catch {
    return null;
  }
}

export async function seal(key: Uint8Array, address: string, password: string, n = WORK): Promise<Sealed> {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const derived = await scryptAsync(new TextEncoder().encode(password), salt, { N: n, r: 8, p: 1, dkLen: 32 });
  const ciphertext = await ctr(derived.slice(0, 16), iv, key);
  return {
    version: 3,
    id: crypto.randomUUID(),
    address: address.slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr",
      ciphertext: plain(ciphertext),
      cipherparams: { iv: plain(iv) },
      kdf: "scrypt",
      kdfparams: { n, r: 8, p: 1, dklen: 32, salt: plain(salt) },
      mac: keccak256(concatBytes([derived.slice(16, 32), ciphertext])).slice(2),
    },
  };
}

/** The key; throws `wrong password` or what is wrong with the file. */
export async function open(store: Keystore, password: string): Promise<Uint8Array> {
  const { crypto: box } = store;
  if (store.version !== 3 || box?.cipher !== "aes-128-ctr") throw new Error("this is no keystore of version 3 that is read here");
  const derived = await derive(box, password);
  const ciphertext = bytes(box.ciphertext);
  if (keccak256(concatBytes([derived.slice(16, 32), ciphertext])).slice(2) !== box.mac.replace(/^0x/, "").toLowerCase()) {
    throw new Error("wrong password");
  }
  return ctr(derived.slice(0, 16), bytes(box.cipherparams.iv), ciphertext);
}

async function derive(box: Keystore["crypto"], password: string): Promise<Uint8Array> {
  const { kdfparams: p } = box;
  const secret = new TextEncoder().encode(password);
  if (box.kdf === "scrypt") {
    const n = p.n ?? 0;
    if (n < 2 || n > MOST_WORK || (p.r ?? 0) > 32 || (p.p ?? 0) > 16) throw new Error("the keystore asks for too much work");
    return scryptAsync(secret, bytes(p.salt), { N: n, r: p.r ?? 8, p: p.p ?? 1, dkLen: 32 });
  }
  if (box.kdf === "pbkdf2" && p.prf === "hmac-sha256" && (p.c ?? 0) <= 10_000_000) {
    const key = await crypto.subtle.importKey("raw", secret as BufferSource, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(p.salt) as BufferSource, iterations: p.c ?? 0 };
    return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
  }
  throw new Error(`the keystore's key derivation ${String(box.kdf).slice(0, 20)} is not read here`);
}

async function ctr(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey("raw", key as BufferSource, "AES-CTR", false, ["encrypt"]);
  return new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-CTR", counter: iv as BufferSource, length: 128 }, imported, data as BufferSource),
  );
}

function plain(data: Uint8Array): string {
  return bytesToHex(data).slice(2);
}

function bytes(hex: string): Uint8Array {
  return hexToBytes(`0x${hex.replace(/^0x/, "")}`);
}
