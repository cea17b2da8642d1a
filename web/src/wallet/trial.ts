/** A transaction tried out before it is signed: `eth_simulateV1` on the head, with balances and allowances read before
 * and after inside the same simulation. What an unknown token's log claims is not evidence. */

import { decodeFunctionResult, encodeFunctionData, type Abi } from "viem";
import { MZ } from "../net/abi";
import { platform } from "../net/data";
import { chain, rpc } from "../net/node";
import { abiOf, decodeError } from "../explore/decode";
import { ETHER_LOG, movesOf, TRANSFER, type Log, type Move } from "../explore/moves";

export interface Wish {
  from: string;
  to: string | null;
  data: `0x${string}`;
  value: bigint;
  /** An allowance that a signature will give in the same transaction: tried as an approval before it. */
  allowance?: { token: string; spender: string; amount: bigint };
  /** Of a contract behind `to`, so that its refusals have a name. */
  errors?: Abi;
}

export interface Change {
  token: string; // the zero address is ether
  before: bigint;
  after: bigint;
}

export interface Trial {
  ok: boolean;
  reason: string | null;
  gas: bigint; // limit to send with
  used: bigint;
  changes: Change[]; // of the sender's balances, gas left out
  moves: Move[];
  block: number;
  result: `0x${string}`;
  /** Ether of the sender before, for gas. */
  ether: bigint;
}

interface SimCall {
  status: string;
  returnData: `0x${string}`;
  gasUsed: string;
  logs: Log[];
  error?: { code: number; message: string; data?: string };
}

const ETHER = "0x0000000000000000000000000000000000000000";
const MOST_TOKENS = 20;

export async function attempt(wish: Wish): Promise<Trial> {
  const where = await platform();
  const block = chain.head?.number ?? 0;
  const first = await simulate(wish, where?.["mz"] ? [where["mz"]] : []);
  const touched = new Set(movesOf(first.main.logs).filter((m) => involves(m, wish.from)).map((m) => m.token));
  touched.delete(ETHER);
  if (where?.["mz"]) touched.add(where["mz"]);
  const tokens = [...new Map([...touched].map((one) => [one.toLowerCase(), one])).values()].slice(0, MOST_TOKENS);
  const run = tokens.length > 1 ? await simulate(wish, tokens) : first;
  const ether = BigInt(await rpc<string>("eth_getBalance", [wish.from, "latest"]));
  const ok = run.main.status === "0x1";
  const changes: Change[] = [];
  const moved = etherMoved(run.main.logs, wish.from);
  changes.push({ token: ETHER, before: ether, after: ether + (ok ? moved : 0n) });
  tokens.forEach((token, i) => {
    const before = balance(run.before[i]);
    const after = balance(run.after[i]);
    if (before !== null && after !== null) changes.push({ token, before, after: ok ? after : before });
  });
  let reason: string | null = null;
  if (!ok) {
    const abi = [...(wish.to ? (await abiOf(wish.to)).abi : []), ...(wish.errors ?? [])] as Abi;
    const data = run.main.error?.data ?? run.main.returnData;
    reason = decodeError(data, abi) ?? run.main.error?.message ?? null;
  }
  const used = BigInt(run.main.gasUsed);
  return {
    ok,
    reason,
    used,
    // Refunds are paid back at the end only, and a call keeps a 64th for itself: room for both.
    gas: used + used / 2n + (wish.allowance ? 90_000n : 20_000n),
    changes,
    moves: movesOf(run.main.logs),
    block,
    result: run.main.returnData,
    ether,
  };
}

async function simulate(wish: Wish, tokens: string[]): Promise<{ main: SimCall; before: (SimCall | undefined)[]; after: (SimCall | undefined)[] }> {
  const reads = tokens.map((token) => ({
    to: token,
    data: encodeFunctionData({ abi: MZ, functionName: "balanceOf", args: [wish.from as `0x${string}`] }),
    gas: "0x30d40",
  }));
  const approve = wish.allowance
    ? [
        {
          from: wish.from,
          to: wish.allowance.token,
          data: encodeFunctionData({ abi: MZ, functionName: "approve", args: [wish.allowance.spender as `0x${string}`, wish.allowance.amount] }),
          gas: "0x30d40",
        },
      ]
    : [];
  const main = {
    from: wish.from,
    ...(wish.to ? { to: wish.to } : {}),
    data: wish.data,
    value: `0x${wish.value.toString(16)}`,
  };
  const calls = [...reads, ...approve, main, ...reads];
  const [made] = await rpc<{ calls: SimCall[] }[]>("eth_simulateV1", [
    { blockStateCalls: [{ calls }], traceTransfers: true, validation: false },
    "latest",
  ]);
  const at = reads.length + approve.length;
  return { main: made!.calls[at]!, before: made!.calls.slice(0, reads.length), after: made!.calls.slice(at + 1) };
}

function balance(call: SimCall | undefined): bigint | null {
  if (call?.status !== "0x1") return null;
  try {
    return decodeFunctionResult({ abi: MZ, functionName: "balanceOf", data: call.returnData });
  } catch {
    return null;
  }
}

function involves(move: Move, account: string): boolean {
  const me = account.toLowerCase();
  return move.from.toLowerCase() === me || move.to.toLowerCase() === me;
}

function etherMoved(logs: readonly Log[], account: string): bigint {
  const me = account.toLowerCase();
  return logs
    .filter((log) => log.address.toLowerCase() === ETHER_LOG && log.topics[0] === TRANSFER)
    .reduce((sum, log) => {
      const value = BigInt(log.data);
      const out = `0x${log.topics[1]!.slice(-40)}`.toLowerCase() === me ? value : 0n;
      const back = `0x${log.topics[2]!.slice(-40)}`.toLowerCase() === me ? value : 0n;
      return sum - out + back;
    }, 0n);
}
