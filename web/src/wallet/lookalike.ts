/** Addresses made to be mistaken for one that somebody had to do with: the same beginning and end, other digits between. */

import { data, platform, type Page, type TransferItem, type TxItem } from "../net/data";

const LOOKED_AT = 200; // of the newest transactions and transfers each
const ENDS = 4; // hex digits that people compare

/** One of the account's own counterparties that `to` looks like and is not; null if there is none. */
export async function lookalike(to: string, me: string): Promise<string | null> {
  const mz = (await platform())?.["mz"];
  const [txs, transfers] = await Promise.all([
    data<Page<TxItem>>("txs", { address: me, limit: LOOKED_AT }),
    // Of MZ alone: a stranger's token may claim any sender.
    mz ? data<Page<TransferItem>>("transfers", { token: mz, account: me, limit: LOOKED_AT }) : { items: [] },
  ]);
  // Whom one has paid is known; who has only sent something may be the very one who wants to be mistaken.
  const paid = [...txs.items, ...transfers.items].filter((one) => same(one.from, me)).map((one) => one.to);
  const known = [me, ...paid];
  if (known.some((one) => one !== null && same(one, to))) return null;
  return known.find((one): one is string => one !== null && alike(one, to)) ?? null;
}

export function alike(one: string, other: string): boolean {
  const ends = (at: string): string => `${at.slice(2, 2 + ENDS)}${at.slice(-ENDS)}`.toLowerCase();
  return !same(one, other) && ends(one) === ends(other);
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
