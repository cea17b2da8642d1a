/** A template's bundle: fetched by its digest, verified here, unpacked. Nothing in it is trusted beyond what it proves. */

import { encodeAbiParameters, getContractAddress, keccak256, type Abi } from "viem";
import { platform, type TemplateItem } from "./data";
import { contentId } from "./cid";
import { rpc } from "./node";
import { TEMPLATES } from "./abi";
import { read } from "./contract";
import { readManifest, type Manifest } from "../gallery/manifest";

export interface Bundle {
  cid: string;
  files: Map<string, Uint8Array>;
  manifest: Manifest;
  abi: Abi;
  bytecode: `0x${string}`;
  /** keccak-256 that every instance's code has; zero where the constructor writes values into it. */
  runtimeHash: `0x${string}`;
  readme: string;
  report: Report;
}

export interface Report {
  facts?: Record<string, unknown>;
  findings?: { severity?: string; message?: string }[];
}

export interface Version {
  id: `0x${string}`;
  version: number;
  versions: number;
  author: string;
  publishedAt: number;
  retired: boolean;
  flags: number;
  implementation: string;
  codeHash: `0x${string}`;
  runtimeHash: `0x${string}`;
  manifest: `0x${string}`;
  price: bigint;
  shareBps: number;
  payee: string;
}

export const CODE = 1;
export const UPGRADEABLE = 4;
const MAX_BUNDLE = 4 * 1024 * 1024;
const opened = new Map<string, Promise<Bundle>>();

/** What the registry says about a version; `version` 0 or undefined: the newest. */
export async function versionOf(id: string, version?: number): Promise<Version> {
  const where = await platform();
  if (!where?.["templates"]) throw new Error("there is no template registry on this chain");
  const versions = Number(await read(where["templates"], TEMPLATES, "versionsOf", [id]));
  const chosen = version || versions;
  const v = (await read(where["templates"], TEMPLATES, "versionOf", [id, chosen])) as {
    author: string;
    publishedAt: number;
    retired: boolean;
    flags: number;
    implementation: string;
    codeHash: `0x${string}`;
    runtimeHash: `0x${string}`;
    manifest: `0x${string}`;
    terms: { price: bigint; shareBps: number; payee: string };
  };
  return {
    id: id as `0x${string}`,
    version: chosen,
    versions,
    author: v.author,
    publishedAt: Number(v.publishedAt),
    retired: v.retired,
    flags: Number(v.flags),
    implementation: v.implementation,
    codeHash: v.codeHash,
    runtimeHash: v.runtimeHash,
    manifest: v.manifest,
    price: v.terms.price,
    shareBps: Number(v.terms.shareBps),
    payee: v.terms.payee,
  };
}

/** The bundle behind a digest. Throws when nobody here has it, or when it is something else than the digest says. */
export function bundleOf(cids: readonly string[], digest: string): Promise<Bundle> {
  let found = opened.get(digest);
  if (!found) {
    found = fetchBundle(cids, digest);
    opened.set(digest, found);
    found.catch(() => opened.delete(digest));
  }
  return found;
}

async function fetchBundle(cids: readonly string[], digest: string): Promise<Bundle> {
  for (const cid of cids) {
    const answer = await fetch(`/ipfs/${cid}`);
    if (!answer.ok) continue;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes.length > MAX_BUNDLE) throw new Error(`the bundle has ${bytes.length} bytes, at most ${MAX_BUNDLE} are read`);
    const is = await contentId(bytes);
    if (is.digest !== digest.toLowerCase()) throw new Error("the node gave other bytes than the chain names");
    return openBundle(bytes, is.cid);
  }
  throw new Error("nobody here has the bundle of this template: its source and form are missing, its terms are on the chain");
}

export function openBundle(bytes: Uint8Array, cid: string): Bundle {
  const files = untar(bytes);
  const text = (name: string): string => {
    const file = files.get(name);
    if (!file) throw new Error(`the bundle has no ${name}`);
    return new TextDecoder().decode(file);
  };
  const artifact = JSON.parse(text("artifact.json")) as { abi: Abi; bytecode: string; deployedBytecode: string; immutables: unknown[] };
  return {
    cid,
    files,
    manifest: readManifest(text("template.toml")),
    abi: artifact.abi,
    bytecode: prefixed(artifact.bytecode),
    runtimeHash: artifact.immutables.length ? `0x${"0".repeat(64)}` : keccak256(prefixed(artifact.deployedBytecode)),
    readme: text("README.md"),
    report: JSON.parse(text("check.json")) as Report,
  };
}

function prefixed(code: string): `0x${string}` {
  return (code.startsWith("0x") ? code : `0x${code}`) as `0x${string}`;
}

/** A plain ustar archive; refuses whatever does not look like one. */
export function untar(bytes: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const ascii = new TextDecoder("ascii");
  let at = 0;
  while (at + 512 <= bytes.length && bytes[at]) {
    const name = ascii.decode(bytes.subarray(at, at + 100)).replace(/\0.*$/s, "");
    const size = parseInt(ascii.decode(bytes.subarray(at + 124, at + 135)), 8);
    if (!/^[\w][\w./-]*$/.test(name) || name.includes("..") || !(size >= 0) || at + 512 + size > bytes.length) {
      throw new Error(`this is no bundle: damaged at byte ${at}`);
    }
    files.set(name, bytes.slice(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  if (!files.size) throw new Error("this is no bundle");
  return files;
}

/** Creation code with the platform addresses that its constructor takes. */
export async function initcode(bundle: Bundle): Promise<`0x${string}`> {
  const where = await platform();
  const addresses = bundle.manifest.constructor_.map((name) => {
    const at = where?.[name];
    if (!at) throw new Error(`this chain has no ${name} contract`);
    return at.slice(2).toLowerCase().padStart(64, "0");
  });
  return `${bundle.bytecode}${addresses.join("")}`;
}

/** Whether the chain runs what the bundle holds: the registry's CREATE2 address commits to the creation code. */
export async function codeMatches(bundle: Bundle, v: Version): Promise<boolean> {
  if ((bundle.manifest.kind === "code") !== Boolean(v.flags & CODE)) return false;
  if (v.flags & CODE) return keccak256(bundle.bytecode) === v.codeHash;
  const where = await platform();
  if (!where?.["templates"]) return false;
  const salt = keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint32" }], [v.id, v.version]));
  const at = getContractAddress({ opcode: "CREATE2", from: where["templates"], salt, bytecode: await initcode(bundle) });
  const code = await rpc<`0x${string}`>("eth_getCode", [at, "latest"]);
  return at.toLowerCase() === v.implementation.toLowerCase() && keccak256(code) === v.codeHash;
}

/** The bundle an instance was made from; null for a contract that was not made here, or whose bundle is not here. */
const origins = new Map<string, Promise<Origin | null>>();

export interface Origin {
  id: `0x${string}`;
  version: number;
  shareBps: number;
  payee: string;
  published: Version;
}

export async function originOf(address: string): Promise<Origin | null> {
  const where = await platform();
  if (!where?.["templates"]) return null;
  const key = address.toLowerCase();
  let found = origins.get(key);
  if (!found) {
    found = readOrigin(where["templates"], address);
    origins.set(key, found);
    // "No origin" may change: the address may be made later; and what is upgradeable may move on. Others never change.
    found.then((one) => (one && !(one.published.flags & UPGRADEABLE)) || origins.delete(key)).catch(() => origins.delete(key));
  }
  return found;
}

async function readOrigin(registry: string, address: string): Promise<Origin | null> {
  const [id, version, shareBps, payee] = (await read(registry, TEMPLATES, "origin", [address])) as readonly [
    `0x${string}`,
    number,
    number,
    string,
  ];
  if (/^0x0*$/.test(id)) return null;
  return { id, version: Number(version), shareBps: Number(shareBps), payee, published: await versionOf(id, Number(version)) };
}

export async function bundleOfVersion(v: Version): Promise<Bundle> {
  const { cidsOf } = await import("./cid");
  return bundleOf(cidsOf(v.manifest), v.manifest);
}

export type { TemplateItem };
