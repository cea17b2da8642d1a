/** Calls, logs and errors in words, by the ABI of the contract itself: the platform's, or of the bundle it was made from.
 * An ABI found by a selector alone is never used for contracts of strangers, except the token standards, marked so. */

import { decodeErrorResult, decodeEventLog, decodeFunctionData, encodeFunctionData, type Abi, type AbiParameter } from "viem";
import { BUYBACK, FEED, FUND_USE, MZ, NFT, PLATFORM_ABIS, SALE, TEMPLATES, TILL, WORKS } from "../net/abi";
import { bundleOfVersion, originOf } from "../net/bundle";
import { platformName } from "../net/data";
import { exact } from "../show/amount";
import { t } from "../words";

export interface Argument {
  name: string;
  type: string;
  value: unknown;
  components?: readonly AbiParameter[];
}

export interface Decoded {
  name: string;
  arguments: Argument[];
  certain: boolean; // by the contract's own ABI
}

export type Known = { abi: Abi; certain: boolean; from: "platform" | "bundle" | "standard" };

const STANDARD = [...MZ, ...NFT.filter((one) => one.type === "function")] as unknown as Abi;
const STANDARD_EVENTS = [MZ, NFT] as unknown as Abi[];

/** Every error that contracts of the platform and their libraries throw. */
const ERRORS = [...MZ, ...NFT, ...TEMPLATES, ...TILL, ...WORKS, ...BUYBACK, ...FEED, ...SALE, ...FUND_USE].filter((one) => one.type === "error") as unknown as Abi;

export async function abiOf(address: string): Promise<Known> {
  const name = platformName(address);
  if (name && PLATFORM_ABIS[name]) return { abi: PLATFORM_ABIS[name] as Abi, certain: true, from: "platform" };
  try {
    const origin = await originOf(address);
    if (origin) return { abi: (await bundleOfVersion(origin.published)).abi, certain: true, from: "bundle" };
  } catch {
    // Without its bundle an instance is a stranger here.
  }
  return { abi: STANDARD, certain: false, from: "standard" };
}

/** Null for what does not decode, or does not encode back to the same bytes. */
export function decodeCall(known: Known, data: `0x${string}`): Decoded | null {
  try {
    const { functionName, args } = decodeFunctionData({ abi: known.abi, data });
    const again = encodeFunctionData({ abi: known.abi, functionName, args: args ?? [] });
    if (again.toLowerCase() !== data.toLowerCase()) return null;
    const item = known.abi.find(
      (one) => one.type === "function" && one.name === functionName && one.inputs.length === (args?.length ?? 0),
    );
    const inputs = item && "inputs" in item ? item.inputs : [];
    return { name: functionName, arguments: named(inputs ?? [], args ?? []), certain: known.certain };
  } catch {
    return null;
  }
}

export function decodeLog(known: Known, topics: readonly string[], data: string): Decoded | null {
  const abis = known.certain ? [known.abi, ...STANDARD_EVENTS] : STANDARD_EVENTS;
  for (const abi of abis) {
    try {
      const { eventName, args } = decodeEventLog({
        abi,
        topics: topics as [`0x${string}`, ...`0x${string}`[]],
        data: data as `0x${string}`,
        strict: true,
      });
      const item = abi.find((one) => one.type === "event" && one.name === eventName);
      const inputs = (item && "inputs" in item ? item.inputs : []) ?? [];
      const values = args as unknown as Record<string, unknown> | readonly unknown[];
      const found = inputs.map((input, i) =>
        Array.isArray(values) ? values[i] : (values as Record<string, unknown>)[input.name ?? ""],
      );
      return { name: String(eventName), arguments: named(inputs, found), certain: known.certain && abi === known.abi };
    } catch {
      continue;
    }
  }
  return null;
}

/** What a revert says: the custom error with its values, the text of `Error(string)`, or the panic's meaning. */
export function decodeError(data: string | undefined, abi?: Abi): string | null {
  if (!data || data === "0x") return null;
  for (const one of [abi, ERRORS]) {
    if (!one) continue;
    try {
      const found = decodeErrorResult({ abi: one, data: data as `0x${string}` });
      const args = (found.args ?? []) as readonly unknown[];
      if (found.errorName === "Error") return String(args[0]);
      if (found.errorName === "Panic") return `Panic(0x${(args[0] as bigint).toString(16)}): ${panic(Number(args[0]))}`;
      return `${found.errorName}(${args.map(plain).join(", ")})`;
    } catch {
      continue;
    }
  }
  return `${data.slice(0, 10)}${data.length > 10 ? "…" : ""}`;
}

/** What MZ itself refuses most often, with the amounts as people write them. */
export function lacksMZ(data: string | undefined): string | null {
  try {
    const { errorName, args } = decodeErrorResult({ abi: MZ, data: data as `0x${string}` });
    if (errorName !== "ERC20InsufficientBalance" && errorName !== "ERC20InsufficientAllowance") return null;
    const [, have, need] = args;
    const key = errorName === "ERC20InsufficientBalance" ? "tx.lacks.balance" : "tx.lacks.allowance";
    return t(key, { have: exact(have, 18), need: exact(need, 18), miss: exact(need - have, 18) });
  } catch {
    return null;
  }
}

function panic(code: number): string {
  return (
    {
      0x01: "an assertion failed",
      0x11: "a number left its range",
      0x12: "division by zero",
      0x21: "no such choice",
      0x31: "nothing to take from an empty list",
      0x32: "beyond the end of a list",
      0x41: "out of memory",
    }[code] ?? "internal error"
  );
}

export function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(", ")}]`;
  if (value && typeof value === "object") return `{${Object.values(value).map(plain).join(", ")}}`;
  return String(value);
}

function named(inputs: readonly AbiParameter[], values: readonly unknown[]): Argument[] {
  return inputs.map((input, i) => ({
    name: input.name || `${i}`,
    type: input.type,
    value: values[i],
    ...("components" in input ? { components: input.components } : {}),
  }));
}
