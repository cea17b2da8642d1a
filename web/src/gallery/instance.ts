/** An instance by its manifest: states in sentences, actions as calls. The same for every author's template. */

import { decodeFunctionResult, encodeAbiParameters, encodeFunctionData, toFunctionSignature, type Abi, type AbiFunction } from "viem";
import { TILL } from "../net/abi";
import { platform } from "../net/data";
import { rpc } from "../net/node";
import { words, type Action, type Parameter, type State } from "./manifest";
import { show, type Value } from "./units";

const ZERO32 = `0x${"0".repeat(64)}` as const;

/** A function by signature `name(types)`, or by a name that only one has. */
export function find(abi: Abi, signature: string): AbiFunction {
  const functions = abi.filter((one): one is AbiFunction => one.type === "function");
  const found = signature.includes("(")
    ? functions.find((one) => toFunctionSignature(one) === signature)
    : functions.find((one) => one.name === signature);
  if (!found) throw new Error(`the contract has no ${signature.slice(0, 80)}`);
  return found;
}

export async function view(address: string, abi: Abi, signature: string, args: readonly unknown[] = []): Promise<unknown[]> {
  const item = find(abi, signature);
  const data = encodeFunctionData({ abi: [item], functionName: item.name, args });
  const raw = await rpc<`0x${string}`>("eth_call", [{ to: address, data }, "latest"]);
  const found = decodeFunctionResult({ abi: [item], functionName: item.name, data: raw }) as unknown;
  return item.outputs.length > 1 ? (found as unknown[]) : [found];
}

export interface Told {
  state: State;
  sentence: string; // the author's words with values filled in
  deadline: number | null;
  otherwise: string;
}

export async function tell(address: string, abi: Abi, state: State, values: Record<string, Value>): Promise<Told> {
  const item = find(abi, state.view);
  const answer = await view(address, abi, state.view, state.arguments.map((one) => values[one.name]));
  const shown: Record<string, string> = {};
  for (const one of state.arguments) shown[one.name] = show(one, values[one.name]);
  item.outputs.forEach((output, i) => {
    const name = output.name || item.name;
    const unit = state.units[name];
    shown[name] = show({ type: output.type, ...(unit ? { unit } : {}) }, answer[i]);
  });
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => shown[name] ?? whole);
  const at = state.deadline ? await view(address, abi, state.deadline).catch(() => [0n]) : [0n];
  return { state, sentence: fill(words(state.sentence)), deadline: Number(at[0]) || null, otherwise: fill(words(state.otherwise)) };
}

export interface Allowed {
  who: string | null; // null: anyone
  mine: boolean;
  now: boolean;
}

export async function allowed(address: string, abi: Abi, action: Action, me: string | undefined): Promise<Allowed> {
  const who = action.who === "anyone" ? null : String((await view(address, abi, action.who).catch(() => [""]))[0]);
  const now = action.when ? Boolean((await view(address, abi, action.when).catch(() => [false]))[0]) : true;
  return { who, mine: who === null || who.toLowerCase() === me?.toLowerCase(), now };
}

export interface Doing {
  to: string;
  data: `0x${string}`;
  gross: bigint; // MZ that is paid, 0 when the action is a plain call
  withPermit: ((permit: never) => `0x${string}`) | null;
}

/** The call of an action with its values. A payment goes through the Till; the instance itself never gets an allowance. */
export async function doing(address: string, abi: Abi, action: Action, values: Record<string, Value>): Promise<Doing> {
  const args = action.arguments.map((one) => values[one.name]);
  if (!action.payment) {
    const item = find(abi, action.function ?? "");
    return { to: address, data: encodeFunctionData({ abi: [item], functionName: item.name, args }), gross: 0n, withPermit: null };
  }
  const where = await platform();
  const { amount } = action.payment;
  const own = action.arguments.find((one) => one.name === amount);
  const gross = own ? (values[amount] as bigint) : ((await view(address, abi, amount, args))[0] as bigint);
  const travelling = action.arguments.filter((one) => one !== own);
  const data = encodeAbiParameters(
    travelling.map((one) => ({ type: one.type })),
    travelling.map((one) => values[one.name]) as never,
  );
  const common = [where!["mz"]!, gross, address as `0x${string}`, ZERO32, data] as const;
  const name = action.payment.hold ? "hold" : "payAndCall";
  const permitName = action.payment.hold ? "holdWithPermit" : "payAndCallWithPermit";
  return {
    to: where!["till"]!,
    data: encodeFunctionData({ abi: TILL, functionName: name, args: common }),
    gross,
    withPermit: (permit) => encodeFunctionData({ abi: TILL, functionName: permitName, args: [...common, permit] }),
  };
}

/** An action's label with its arguments' values. */
export function label(action: Action, values: Record<string, Value> | null): string {
  return words(action.label).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const parameter = action.arguments.find((one) => one.name === name);
    if (!parameter || !values) return "…";
    return choiceOr(parameter, values[name]!) ?? whole;
  });
}

function choiceOr(parameter: Parameter, value: Value): string {
  const chosen = parameter.choices.find((one) => one.value === String(value));
  return chosen ? words(chosen) : show(parameter, value);
}
