/** Content identifiers as the node computes them: CIDv1, SHA-256, UnixFS with raw leaves of 256 KiB, 174 links a node. */

const CHUNK = 256 * 1024;
const LINKS = 174;
const RAW = 0x55;
const DAG_PB = 0x70;

interface Node {
  cid: Uint8Array;
  digest: Uint8Array;
  stored: number;
  length: number;
}

/** CID and digest of a file's bytes. */
export async function contentId(bytes: Uint8Array): Promise<{ cid: string; digest: `0x${string}` }> {
  let level: Node[] = [];
  for (let i = 0; i < Math.max(bytes.length, 1); i += CHUNK) {
    const chunk = bytes.subarray(i, i + CHUNK);
    level.push(await node(RAW, chunk, chunk.length, chunk.length));
  }
  while (level.length > 1) {
    const above: Node[] = [];
    for (let i = 0; i < level.length; i += LINKS) above.push(await parent(level.slice(i, i + LINKS)));
    level = above;
  }
  return { cid: text(level[0]!.cid), digest: hex(level[0]!.digest) };
}

/** The SHA-256 inside a CIDv1, or null when the text is none. */
export function digestOf(cid: string): `0x${string}` | null {
  const raw = unbase32(cid);
  if (!raw || raw.length !== 36 || raw[0] !== 1 || (raw[1] !== RAW && raw[1] !== DAG_PB)) return null;
  if (raw[2] !== 0x12 || raw[3] !== 0x20 || text(raw) !== cid) return null;
  return hex(raw.subarray(4));
}

/** The two CIDs that a digest can belong to: one leaf, or a tree. */
export function cidsOf(digest: string): [string, string] {
  const bytes = Uint8Array.from(digest.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return [text(prefixed(RAW, bytes)), text(prefixed(DAG_PB, bytes))];
}

export async function sha256(bytes: Uint8Array): Promise<`0x${string}`> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource)));
}

export function hex(bytes: Uint8Array): `0x${string}` {
  return `0x${Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("")}`;
}

async function node(codec: number, block: Uint8Array, stored: number, length: number): Promise<Node> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", block as BufferSource));
  return { cid: prefixed(codec, digest), digest, stored, length };
}

async function parent(children: Node[]): Promise<Node> {
  const links = children.flatMap((child) =>
    field(2, [...field(1, [...child.cid]), ...field(2, []), 0x18, ...varint(child.stored)]),
  );
  const length = children.reduce((sum, child) => sum + child.length, 0);
  const sizes = children.flatMap((child) => [0x20, ...varint(child.length)]);
  const block = Uint8Array.from([...links, ...field(1, [0x08, 0x02, 0x18, ...varint(length), ...sizes])]);
  return node(DAG_PB, block, block.length + children.reduce((sum, child) => sum + child.stored, 0), length);
}

function prefixed(codec: number, digest: Uint8Array): Uint8Array {
  return Uint8Array.from([1, codec, 0x12, 0x20, ...digest]);
}

function field(number: number, value: number[]): number[] {
  return [(number << 3) | 2, ...varint(value.length), ...value];
}

function varint(n: number): number[] {
  const out: number[] = [];
  while (n > 0x7f) {
    out.push((n % 128) | 0x80);
    n = Math.floor(n / 128);
  }
  return [...out, n];
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

function text(bytes: Uint8Array): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return `b${(bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[parseInt(five.padEnd(5, "0"), 2)]).join("")}`;
}

function unbase32(cid: string): Uint8Array | null {
  if (!/^b[a-z2-7]+$/.test(cid) || cid.length > 100) return null;
  const bits = [...cid.slice(1)].map((one) => ALPHABET.indexOf(one).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
}
