/** Who acts: an account of the built-in wallet or of a wallet that the browser brought along (EIP-1193, EIP-6963). */

import { chain, rpc } from "../net/node";

export interface Sending {
  to: string | null;
  data: `0x${string}`;
  value: bigint;
  gas: bigint;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  nonce?: number;
}

export interface TypedData {
  domain: Record<string, unknown>;
  types: Record<string, { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
}

export interface Account {
  address: string;
  kind: "builtin" | "injected";
  label: string;
  send(wish: Sending): Promise<string>;
  signTyped(data: TypedData): Promise<`0x${string}`>;
  /** The chain the wallet is on; the built-in one is always on the page's. */
  chainId(): Promise<number>;
}

let present: Account | null = null;

export function account(): Account | null {
  return present;
}

export function act(as: Account | null): void {
  present = as;
  window.dispatchEvent(new Event("mz-account"));
}

export class WrongNetwork extends Error {
  constructor(readonly on: number) {
    super(`the wallet is on chain ${on}`);
  }
}

export interface Sent {
  hash: string;
  what: string;
  at: number;
  from: string;
  nonce: number | null;
}

/** Keyed by chain and genesis: another chain of the same number has another list. */
function key(): string {
  return `mz.sent.${chain.chainId}.${chain.genesis.slice(0, 18)}`;
}

const MOST_REMEMBERED = 200;

/** Whether it left from this browser: then that it is nowhere now says what became of it. */
export function sentHere(hash: string): boolean {
  return remembered().some((one) => one.hash.toLowerCase() === hash.toLowerCase());
}

export function remembered(): Sent[] {
  try {
    return JSON.parse(localStorage.getItem(key()) ?? "[]") as Sent[];
  } catch {
    return [];
  }
}

export function remember(one: Sent): void {
  try {
    localStorage.setItem(key(), JSON.stringify([one, ...remembered()].slice(0, MOST_REMEMBERED)));
  } catch {
    // The chain remembers; this list is only a convenience.
  }
}

/** What a transaction may cost per gas: twice the base fee leaves room for six full blocks. */
export async function fees(): Promise<{ maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }> {
  const tip = BigInt(await rpc<string>("eth_maxPriorityFeePerGas"));
  return { maxPriorityFeePerGas: tip, maxFeePerGas: 2n * (chain.head?.baseFee ?? 0n) + tip };
}
