/** A wish to use a template: encoded values, terms as the person saw them, and where the instance will be. */

import { encodeAbiParameters, encodePacked, keccak256, stringToHex } from "viem";
import { TEMPLATES } from "../net/abi";
import { CODE, type Bundle, type Version } from "../net/bundle";
import { read } from "../net/contract";
import { platform } from "../net/data";
import { abiParameter, encoded, sceneOf } from "./instance";
import type { Manifest, Parameter } from "./manifest";
import { Wrong, type Value } from "./units";

export interface Wish {
  id: `0x${string}`;
  version: number;
  agreed: `0x${string}`;
  salt: `0x${string}`;
  code: `0x${string}`;
  args: `0x${string}`;
  init: `0x${string}`;
}

/** The hash that binds code, bundle, price, share and payee: computed here from what was shown, not asked of the chain. */
export function agreedOf(v: Version): `0x${string}` {
  const runtime = v.flags & 2 ? v.runtimeHash : (`0x${"0".repeat(64)}` as const);
  const kinds = ["bytes32", "bytes32", "bytes32", "uint96", "uint16", "address", "uint16"].map((type) => ({ type }));
  const values = [v.codeHash, runtime, v.manifest, v.price, v.shareBps, v.payee, v.flags];
  return keccak256(encodeAbiParameters(kinds, values as never));
}

export async function makeWish(v: Version, bundle: Bundle, values: Record<string, Value>, salt: `0x${string}`): Promise<Wish> {
  const { manifest } = bundle;
  return {
    id: v.id,
    version: v.version,
    agreed: agreedOf(v),
    salt,
    code: v.flags & CODE ? bundle.bytecode : "0x",
    args: await argumentsOf(v, manifest, values),
    init: manifest.initialiser
      ? encoded(manifest.initialiser, { ...sceneOf("", bundle.abi, undefined), values, parameters: manifest.parameters }).data
      : "0x",
  };
}

async function argumentsOf(v: Version, manifest: Manifest, values: Record<string, Value>): Promise<`0x${string}`> {
  // A proxy carries no arguments in its code: its initialiser is told all of them.
  if (manifest.kind === "upgradeable") return "0x";
  if (manifest.packed) return packed(manifest.parameters, values);
  // A constructor's addresses are encoded together with them: texts and lists are found by their distance from the start.
  const where = v.flags & CODE ? await platform() : undefined;
  const first = v.flags & CODE ? manifest.constructor_ : [];
  return encodeAbiParameters(
    [...first.map(() => ({ type: "address" })), ...manifest.parameters.map(abiParameter)],
    [...first.map((name) => where?.[name] ?? ""), ...manifest.parameters.map((one) => values[one.name])] as never,
  );
}

/** Every value of fixed size in its own number of bytes, in order; then each list, its count in a byte before it. */
export function packed(parameters: Parameter[], values: Record<string, Value>): `0x${string}` {
  const counted = (one: Parameter): boolean => one.type.endsWith("[]");
  const all = [
    ...parameters.filter((one) => !counted(one)).flatMap((one) => parts(one, values[one.name]!)),
    ...parameters.filter(counted).flatMap((one): [string, Value][] => {
      const list = values[one.name] as Value[];
      return [["uint8", BigInt(list.length)], ...parts(one, list)];
    }),
  ];
  return encodePacked(all.map(([type]) => type), all.map(([, value]) => value) as never);
}

/** The elementary values in one, each with its type. */
function parts(one: Parameter, value: Value): [string, Value][] {
  const [type] = one.type.split("[");
  if (type !== one.type) return (value as Value[]).flatMap((inner) => parts({ ...one, type: type! }, inner));
  if (one.fields) return one.fields.flatMap((field) => parts(field, (value as { [name: string]: Value })[field.name]!));
  return [[one.type, value]];
}

export async function predict(wish: Wish, user: string): Promise<string> {
  const where = await platform();
  return read(where!["templates"]!, TEMPLATES, "predict", [wish, user]);
}

/** Throws when the chain's terms are not the ones that were shown. */
export async function sameTerms(v: Version): Promise<void> {
  const where = await platform();
  const now = await read(where!["templates"]!, TEMPLATES, "agreedOf", [v.id, v.version]);
  if (now !== agreedOf(v)) throw new Wrong("use.moved");
}

export function randomSalt(): `0x${string}` {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `0x${Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("")}`;
}

export function word(text: string): `0x${string}` {
  return stringToHex(text, { size: 32 });
}
