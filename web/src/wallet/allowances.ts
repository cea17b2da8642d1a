/** Standing allowances of MZ: who may take how much of an account's without asking again. */

import { MZ } from "../net/abi";
import { ask } from "../net/contract";
import { data, platform, type EventItem, type Page } from "../net/data";

const APPROVAL = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925";
const MOST = 200;

export interface Allowance {
  spender: string;
  amount: bigint;
}

/** Whoever an Approval event names, asked of the token as of now. */
export async function allowancesOf(owner: string): Promise<Allowance[]> {
  const where = await platform();
  if (!where?.["mz"]) return [];
  const topic1 = `0x${owner.slice(2).toLowerCase().padStart(64, "0")}`;
  const page = await data<Page<EventItem>>("events", { address: where["mz"], topic0: APPROVAL, topic1, limit: MOST });
  const spenders = [...new Set([where["till"]!, where["templates"]!, ...page.items.map((one) => `0x${one.topics[2]!.slice(-40)}`)].map((one) => one.toLowerCase()))];
  const found = await Promise.all(spenders.map(async (spender) => ({ spender, amount: (await ask(where["mz"]!, MZ, "allowance", [owner, spender])) ?? 0n })));
  return found.filter((one) => one.amount > 0n);
}
