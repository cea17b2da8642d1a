/** An instance by its manifest: states in sentences, actions as calls. The same for every author's template.
 *
 * Where a value comes from the contract, a manifest writes a call with what it is called with by name:
 * `costOf(kind, quantity)`, `sellerOf(order)`, `isBacker(user)`; or the name of an argument, `user`, `this`, a number.
 */

import { decodeFunctionResult, encodeAbiParameters, encodeFunctionData, type Abi, type AbiFunction, type AbiParameter } from "viem";
import { MZ as ERC20, TILL } from "../net/abi";
import { ask } from "../net/contract";
import { platform } from "../net/data";
import { rpc } from "../net/node";
import { words, type Action, type Deed, type Manifest, type Parameter, type State } from "./manifest";
import { MZ, show, type Money, type Value } from "./units";

const ETHER = "0x0000000000000000000000000000000000000000";

/** Where a manifest's words are read: an instance, its ABI, the values at that place, who acts. */
export interface Scene {
  address: string;
  abi: Abi;
  values: Record<string, unknown>;
  parameters: readonly Parameter[];
  me: string | undefined;
  money: Money;
}

export function sceneOf(address: string, abi: Abi, me: string | undefined, money = MZ): Scene {
  return { address, abi, values: {}, parameters: [], me, money };
}

/** `name(a, b)` as its parts; a name alone has no list. */
export function callParts(text: string): { name: string; args: string[] | null } {
  const found = /^\s*([A-Za-z_$][\w$]*)\s*(?:\(([^()]*)\))?\s*$/.exec(text);
  if (!found) throw new Error(`the manifest says something that is no call: ${text.slice(0, 60)}`);
  const list = found[2];
  return { name: found[1]!, args: list === undefined ? null : list.split(",").map((one) => one.trim()).filter(Boolean) };
}

export function find(abi: Abi, name: string, count: number): AbiFunction {
  const found = abi.find((one): one is AbiFunction => one.type === "function" && one.name === name && one.inputs.length === count);
  if (!found) throw new Error(`the contract has no ${name.slice(0, 60)} with ${count} arguments`);
  return found;
}

function plain(text: string, scene: Scene): unknown {
  if (/^[0-9]{1,78}$/.test(text)) return BigInt(text);
  if (text === "user") return scene.me ?? ETHER;
  if (text === "this") return scene.address;
  if (text in scene.values) return scene.values[text];
  throw new Error(`the manifest names ${text.slice(0, 40)}, which is not there`);
}

/** A call of the instance, encoded. */
export function encoded(text: string, scene: Scene): { item: AbiFunction; data: `0x${string}` } {
  const { name, args } = callParts(text);
  const item = find(scene.abi, name, args?.length ?? 0);
  const values = (args ?? []).map((one) => plain(one, scene));
  return { item, data: encodeFunctionData({ abi: [item], functionName: item.name, args: values }) };
}

export async function view(text: string, scene: Scene): Promise<{ item: AbiFunction; values: unknown[] }> {
  const { item, data } = encoded(text, scene);
  const from = scene.me ? { from: scene.me } : {};
  const raw = await rpc<`0x${string}`>("eth_call", [{ to: scene.address, data, ...from }, "latest"]);
  const found = decodeFunctionResult({ abi: [item], functionName: item.name, data: raw }) as unknown;
  return { item, values: item.outputs.length > 1 ? (found as unknown[]) : [found] };
}

/** A value: a name, a number, or the first thing that a call returns. */
export async function valueOf(text: string, scene: Scene): Promise<unknown> {
  if (!text.includes("(")) return plain(text.trim(), scene);
  return (await view(text, scene)).values[0];
}

/** An ERC-20's address; the zero address is ether. */
async function tokenOf(text: string | undefined, scene: Scene): Promise<string> {
  if (text === "eth") return ETHER;
  if (text === undefined || text === "mz") return (await platform())!["mz"]!;
  return String(await valueOf(text, scene));
}

/** What amounts with the unit `token` are in, for an instance that is there. */
export async function moneyOf(manifest: Manifest, scene: Scene): Promise<Money> {
  if (!manifest.currency) return MZ;
  return moneyAt(String(await valueOf(manifest.currency.view, scene)));
}

export async function moneyAt(token: string): Promise<Money> {
  if (/^0x0*$/.test(token)) return { symbol: "ETH", decimals: 18 };
  if (token.toLowerCase() === (await platform())?.["mz"]?.toLowerCase()) return MZ;
  const [decimals, symbol] = await Promise.all([ask(token, ERC20, "decimals"), ask(token, ERC20, "symbol")]);
  return { symbol: (symbol ?? "?").replace(/[^\w.$-]/g, "").slice(0, 12) || "?", decimals: Math.min(Number(decimals ?? 0), 36) };
}

/** As the encoder takes a parameter: structs with their fields. */
export function abiParameter(one: Parameter): AbiParameter {
  return one.fields ? { name: one.name, type: one.type, components: one.fields.map(abiParameter) } : { name: one.name, type: one.type };
}

export interface Told {
  state: State;
  sentence: string; // the author's words with values filled in
  deadline: number | null;
  otherwise: string;
}

/** A state's sentence with its values; null when it does not hold now. */
export async function tell(state: State, scene: Scene): Promise<Told | null> {
  if (state.when && !(await valueOf(state.when, scene))) return null;
  const { item, values } = await view(state.view, scene);
  const shown: Record<string, string> = {};
  for (const one of scene.parameters) shown[one.name] = show(one, scene.values[one.name], scene.money);
  item.outputs.forEach((output, i) => {
    const name = output.name || item.name;
    const unit = state.units[name];
    const value = values[i];
    const chosen = state.choices[name]?.find((one) => one.value === String(typeof value === "boolean" ? Number(value) : value));
    shown[name] = chosen ? words(chosen) : show({ type: output.type, ...(unit ? { unit } : {}) }, value, scene.money);
  });
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => shown[name] ?? whole);
  const until = state.deadline ? Number(await valueOf(state.deadline, scene)) : 0;
  return { state, sentence: fill(words(state.sentence)), deadline: until || null, otherwise: fill(words(state.otherwise)) };
}

export interface Allowed {
  who: string | null; // the first address that is allowed; null: anyone, or not one that can be named
  mine: boolean;
  now: boolean;
}

/** Who may, and when. What depends on arguments that are not given yet counts as possible: the trial will tell. */
export async function allowed(action: Action, scene: Scene): Promise<Allowed> {
  const me = scene.me?.toLowerCase();
  let who: string | null = null;
  let mine = action.who.includes("anyone");
  for (const rule of mine ? [] : action.who) {
    const answer = await valueOf(rule, scene).catch(() => null);
    if (answer === null || answer === true) mine = true;
    else if (typeof answer !== "boolean") {
      const several = (Array.isArray(answer) ? answer : [answer]).map(String);
      who ??= several[0] ?? null;
      mine ||= several.some((one) => one.toLowerCase() === me);
    }
  }
  const now = action.when ? Boolean(await valueOf(action.when, scene).catch(() => true)) : true;
  return { who, mine, now };
}

export interface Doing {
  to: string;
  data: `0x${string}`;
  value: bigint; // ether that travels along
  gross: bigint; // what is paid or held, 0 for a plain call
  token: string;
  spender: string | null; // who has to be allowed `gross` of the token
  withPermit: ((permit: never) => `0x${string}`) | null; // MZ only: the same with a signed allowance
  holds: boolean;
}

/** One deed as a transaction. Money goes through the Till; the instance gets no allowance for it. */
export async function doing(deed: Deed, scene: Scene): Promise<Doing> {
  const none = { value: 0n, gross: 0n, token: ETHER, spender: null, withPermit: null, holds: false };
  if (deed.kind === "function") return { to: scene.address, data: encoded(deed.function ?? "", scene).data, ...none };
  const where = (await platform())!;
  const token = (await tokenOf(deed.token, scene)) as `0x${string}`;
  if (deed.kind === "approve") {
    const spender = String(await valueOf(deed.spender ?? "this", scene)) as `0x${string}`;
    const what = (await valueOf(deed.id ?? deed.amount ?? "0", scene)) as bigint;
    return { to: token, data: encodeFunctionData({ abi: ERC20, functionName: "approve", args: [spender, what] }), ...none };
  }
  const gross = BigInt((await valueOf(deed.amount ?? "0", scene)) as bigint);
  if (deed.kind === "transfer") {
    const to = String(await valueOf(deed.to ?? "this", scene)) as `0x${string}`;
    if (token === ETHER) return { to, data: "0x", ...none, value: gross };
    return { to: token, data: encodeFunctionData({ abi: ERC20, functionName: "transfer", args: [to, gross] }), ...none };
  }
  const holds = deed.kind === "hold";
  const common = [token, gross, scene.address as `0x${string}`, await refOf(deed.ref, scene), dataOf(deed, scene)] as const;
  const ether = token === ETHER;
  const mz = token.toLowerCase() === where["mz"]!.toLowerCase();
  return {
    to: where["till"]!,
    data: encodeFunctionData({ abi: TILL, functionName: holds ? "hold" : "payAndCall", args: common }),
    value: ether ? gross : 0n,
    gross,
    token,
    spender: ether ? null : where["till"]!,
    withPermit: mz
      ? (permit) => encodeFunctionData({ abi: TILL, functionName: holds ? "holdWithPermit" : "payAndCallWithPermit", args: [...common, permit] })
      : null,
    holds,
  };
}

async function refOf(ref: string | undefined, scene: Scene): Promise<`0x${string}`> {
  if (ref === undefined) return `0x${"0".repeat(64)}`;
  const own = scene.parameters.find((one) => one.name === ref);
  const item = ref.includes("(") ? find(scene.abi, callParts(ref).name, callParts(ref).args?.length ?? 0) : null;
  const type = own?.type ?? item?.outputs[0]?.type ?? (["user", "this"].includes(ref) ? "address" : "uint256");
  return encodeAbiParameters([{ type }], [(await valueOf(ref, scene)) as never]).slice(0, 66) as `0x${string}`;
}

/** What travels to the instance: the listed values, or all arguments in order but those that are amount or reference. */
function dataOf(deed: Deed, scene: Scene): `0x${string}` {
  const names = deed.data ?? scene.parameters.map((one) => one.name).filter((name) => name !== deed.amount && name !== deed.ref);
  const kinds = names.map((name): AbiParameter => {
    const own = scene.parameters.find((one) => one.name === name);
    return own ? abiParameter(own) : { type: ["user", "this"].includes(name) ? "address" : "uint256" };
  });
  return encodeAbiParameters(kinds, names.map((name) => plain(name, scene)) as never);
}

/** An action's label with its arguments' values. */
export function label(action: Action, values: Record<string, Value> | null, money = MZ): string {
  return words(action.label).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const parameter = action.arguments.find((one) => one.name === name);
    if (!parameter || !values) return "…";
    return choiceOr(parameter, values[name]!, money) ?? whole;
  });
}

function choiceOr(parameter: Parameter, value: Value, money: Money): string {
  const chosen = parameter.choices.find((one) => one.value === String(value));
  return chosen ? words(chosen) : show(parameter, value, money);
}
