/** Units: how people write a value and what the contract gets; the same rules as the command line (chain/registry/units.py). */

import { getAddress, isAddress, keccak256, encodeAbiParameters } from "viem";
import { chain } from "../net/node";
import { digestOf, cidsOf } from "../net/cid";
import { exact } from "../show/amount";
import { absolute, duration } from "../show/time";
import type { Parameter } from "./manifest";

export type Value = bigint | boolean | string | Value[] | { [name: string]: Value };

/** What amounts with the unit `token` are in. */
export interface Money {
  symbol: string;
  decimals: number;
}

export const MZ: Money = { symbol: "MZ", decimals: 18 };

/** What is wrong with a text, as a key of the words with its values. */
export class Wrong extends Error {
  constructor(
    readonly key: string,
    readonly values: Record<string, string> = {},
  ) {
    super(key);
  }
}

const SECONDS: Record<string, bigint> = { second: 1n, minute: 60n, hour: 3600n, day: 86_400n, week: 604_800n };
const HEX32 = /^0x[0-9a-fA-F]{64}$/;

/** The value a text means; throws Wrong. `user` is the account that acts. */
export function parse(parameter: Pick<Parameter, "type" | "unit" | "fields">, raw: string, user?: string, money = MZ): Value {
  const text = raw.trim();
  const { type, unit } = parameter;
  if (type.endsWith("]")) return listed({ ...parameter, type: type.replace(/\[\d*\]$/, "") }, text, user, money);
  if (type === "tuple") return struct(parameter.fields ?? [], json(text), user, money);
  const value = unit ? withUnit(unit, text, user, money) : plain(type, text);
  if (typeof value === "bigint") {
    const [least, most] = bounds(type);
    if (value < least || value > most) throw new Wrong("wrong.range", { type });
  }
  return value;
}

/** As `parse`, and within the parameter's bounds and choices. */
export function check(parameter: Parameter, raw: string, user?: string, money = MZ): Value {
  const text = raw.trim() === "" && parameter.default !== undefined ? parameter.default : raw;
  if (text.trim() === "" && !mayBeEmpty(parameter)) throw new Wrong("wrong.missing");
  const value = parse(parameter, text, user, money);
  const element = { ...parameter, type: parameter.type.replace(/\[\d*\]$/, "") };
  for (const one of Array.isArray(value) ? value : [value]) {
    if (typeof one !== "bigint") continue;
    const least = parameter.min === undefined ? undefined : (parse(element, parameter.min, user, money) as bigint);
    const most = parameter.max === undefined ? undefined : (parse(element, parameter.max, user, money) as bigint);
    if ((least !== undefined && one < least) || (most !== undefined && one > most)) {
      const word = (n: bigint | undefined): string => (n === undefined ? "…" : show(element, n, money));
      throw new Wrong("wrong.between", { least: word(least), most: word(most) });
    }
  }
  if (Array.isArray(value)) checkList(parameter, value, user, money);
  if (parameter.choices.length && !parameter.choices.some((one) => String(parse(parameter, one.value, user)) === String(value))) {
    throw new Wrong("wrong.choice");
  }
  return value;
}

/** A list as the node counts and adds it: so many elements, and what must add up does. */
function checkList(parameter: Parameter, values: readonly Value[], user: string | undefined, money: Money): void {
  const fixed = /\[(\d+)\]$/.exec(parameter.type)?.[1];
  const [least, most] = fixed ? [Number(fixed), Number(fixed)] : [parameter.items?.min ?? 0, parameter.items?.max ?? Infinity];
  if (values.length < least || values.length > most) {
    const allowed = least === most ? `${least}` : most === Infinity ? `≥ ${least}` : `${least}–${most}`;
    throw new Wrong("wrong.items", { n: `${values.length}`, allowed });
  }
  for (const { one, total, wanted } of sums(parameter, values, user, money)) {
    if (total !== wanted) throw new Wrong("wrong.sum", { found: show(one, total, money), wanted: show(one, wanted, money) });
  }
}

/** What a list adds up to and should, for itself or for each field that must add up. */
export function sums(
  parameter: Parameter,
  values: readonly Value[],
  user?: string,
  money = MZ,
): { one: Parameter; total: bigint; wanted: bigint }[] {
  const element = { ...parameter, type: parameter.type.replace(/\[\d*\]$/, "") };
  const summed = (parameter.fields ?? [element]).filter((one) => one.sum !== undefined);
  return summed.map((one) => {
    const numbers = values.map((value) => (one === element ? value : (value as Record<string, Value>)[one.name]));
    const total = numbers.reduce<bigint>((sum, value) => sum + (typeof value === "bigint" ? value : 0n), 0n);
    return { one, total, wanted: parse(one, one.sum!, user, money) as bigint };
  });
}

/** A value as it is written into its field again. */
export function written(parameter: Pick<Parameter, "type" | "unit">, value: unknown, money = MZ): string {
  if (typeof value !== "bigint" && typeof value !== "number") return String(value);
  return ["time", "count", "work", "seconds"].includes(parameter.unit ?? "") || !parameter.unit ? String(value) : show(parameter, value, money);
}

/** What people read for a value. */
export function show(parameter: Pick<Parameter, "type" | "unit">, value: unknown, money = MZ): string {
  if (Array.isArray(value)) {
    const element = { ...parameter, type: parameter.type.replace(/\[\d*\]$/, "") };
    return value.map((one) => show(element, one, money)).join(", ");
  }
  if (value && typeof value === "object") return Object.values(value).map(String).join(" · ");
  if (typeof value === "bigint" || typeof value === "number") {
    const n = BigInt(value);
    switch (parameter.unit) {
      case "MZ":
        return `${exact(n, 18)} MZ`;
      case "ETH":
        return `${exact(n, 18)} ETH`;
      case "token":
        return `${exact(n, money.decimals)} ${money.symbol}`;
      case "seconds":
        return duration(n);
      case "time":
        return n === 0n ? "—" : absolute(Number(n));
      case "basis points":
        return `${exact(n, 2)} %`;
    }
    return parameter.unit === "work" || n > 10n ** 15n ? n.toString() : exact(n, 0);
  }
  if (typeof value === "string") {
    if (parameter.unit === "cid") return /^0x0*$/.test(value) ? "—" : cidsOf(value)[0];
    if (parameter.type === "address" && isAddress(value)) return getAddress(value);
    return value;
  }
  return String(value);
}

export function bounds(type: string): [bigint, bigint] {
  const found = /^(u?)int(\d+)$/.exec(type);
  const bits = BigInt(found?.[2] ?? 256);
  return found?.[1] ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
}

/** A list as JSON or divided by commas; a struct as a JSON object or list. Every value inside is a text in its unit. */
function listed(element: Pick<Parameter, "type" | "unit" | "fields">, text: string, user: string | undefined, money: Money): Value {
  const items = text === "" ? [] : /^\s*\[/.test(text) ? json(text) : text.split(",");
  if (!Array.isArray(items)) throw new Wrong("wrong.list");
  return items.map((one) =>
    element.type === "tuple" ? struct(element.fields ?? [], one, user, money) : parse(element, String(one), user, money),
  );
}

function struct(fields: readonly Parameter[], given: unknown, user: string | undefined, money: Money): Value {
  const values = given as Record<string, unknown> | unknown[] | null;
  if (!values || typeof values !== "object") throw new Wrong("wrong.list");
  return Object.fromEntries(
    fields.map((field, i) => {
      const one = Array.isArray(values) ? values[i] : values[field.name];
      if (one === undefined && field.default === undefined) throw new Wrong("wrong.missing");
      return [field.name, check(field, String(one ?? field.default), user, money)];
    }),
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Wrong("wrong.list");
  }
}

function mayBeEmpty({ type, unit }: Parameter): boolean {
  return unit === "cid" || unit === "work" || type === "string" || type === "bytes" || (type === "bytes32" && !unit);
}

function withUnit(unit: string, text: string, user: string | undefined, money: Money): Value {
  switch (unit) {
    case "MZ":
      return scaled(text.replace(/MZ$/, "").trim(), 18, "wrong.amount");
    case "ETH":
      return scaled(text.replace(/ETH$/, "").trim(), 18, "wrong.amount");
    case "token":
      return scaled((text.endsWith(money.symbol) ? text.slice(0, -money.symbol.length) : text).trim(), money.decimals, "wrong.amount");
    case "seconds":
      return length(text);
    case "time":
      return moment(text);
    case "basis points":
      return text.endsWith("%") ? scaled(text.slice(0, -1).trim(), 2, "wrong.percent") : count(text);
    case "count":
      return count(text);
    case "account":
      return account(text, user);
    case "work":
      return work(text, user);
    case "cid":
      return cid(text);
    case "digest":
      if (!HEX32.test(text)) throw new Wrong("wrong.digest");
      return text.toLowerCase();
  }
  throw new Wrong("wrong.unit", { unit });
}

function plain(type: string, text: string): Value {
  if (type === "string") return text;
  if (type === "bool") {
    if (text !== "true" && text !== "false") throw new Wrong("wrong.bool");
    return text === "true";
  }
  if (type === "address") return account(text);
  if (type.startsWith("bytes")) return octets(type, text);
  if (!/^(-?[0-9]{1,78}|0x[0-9a-fA-F]{1,64})$/.test(text)) throw new Wrong("wrong.whole");
  return BigInt(text);
}

function octets(type: string, text: string): string {
  if (type === "bytes32" && !text.startsWith("0x")) {
    const raw = new TextEncoder().encode(text);
    if (raw.length > 32) throw new Wrong("wrong.long", { n: String(raw.length) });
    return `0x${Array.from(raw, (b) => b.toString(16).padStart(2, "0")).join("").padEnd(64, "0")}`;
  }
  if (!/^0x([0-9a-fA-F]{2})*$/.test(text)) throw new Wrong("wrong.hex");
  if (type !== "bytes" && (text.length - 2) / 2 !== Number(type.slice(5))) throw new Wrong("wrong.size", { type });
  return text;
}

function scaled(number: string, decimals: number, key: string): bigint {
  const found = /^([0-9]{1,78})(?:\.([0-9]+))?$/.exec(number.replace(/,(?=[0-9]{3})/g, ""));
  if (!found) throw new Wrong(key);
  const fraction = found[2] ?? "";
  if (fraction.length > decimals) throw new Wrong("wrong.decimals", { n: String(decimals) });
  return BigInt(found[1] + fraction.padEnd(decimals, "0"));
}

function length(text: string): bigint {
  const found = /^([0-9]{1,78})(?: +([a-z]+))?$/.exec(text);
  const scale = found?.[2] ? SECONDS[found[2].replace(/s$/, "")] : 1n;
  if (!found || !scale) throw new Wrong("wrong.length");
  return BigInt(found[1]!) * scale;
}

function moment(text: string): bigint {
  if (text.startsWith("+")) return BigInt(chain.head?.timestamp ?? Math.floor(Date.now() / 1000)) + length(text.slice(1).trim());
  if (/^[0-9]{1,78}$/.test(text)) return BigInt(text);
  // What a browser's date field gives has no zone: it means the reader's own.
  const at = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at) || at < 0) throw new Wrong("wrong.time");
  return BigInt(Math.floor(at / 1000));
}

function count(text: string): bigint {
  if (!/^[0-9]{1,78}$/.test(text)) throw new Wrong("wrong.count");
  return BigInt(text);
}

export function account(text: string, user?: string): string {
  if (text === "user" && user) return getAddress(user);
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new Wrong("wrong.account");
  const digits = text.slice(2);
  const right = getAddress(text.toLowerCase());
  if (digits !== digits.toLowerCase() && digits !== digits.toUpperCase() && right !== text) {
    throw new Wrong("wrong.checksum");
  }
  return right;
}

function work(text: string, user?: string): bigint {
  if (text === "") return 0n;
  if (/^[0-9]{1,78}$/.test(text)) return BigInt(text);
  if (!HEX32.test(text)) throw new Wrong("wrong.work");
  if (!user) throw new Wrong("wrong.noUser");
  return BigInt(
    keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "address" }], [text as `0x${string}`, user as `0x${string}`])),
  );
}

function cid(text: string): string {
  if (text === "") return `0x${"0".repeat(64)}`;
  if (HEX32.test(text)) return text.toLowerCase();
  const digest = digestOf(text);
  if (!digest) throw new Wrong("wrong.cid");
  return digest;
}
