/** The node's index door, `/data/v1/…`. */

import { getAddress } from "viem/utils";
import { rpc } from "./node";

export interface Page<T> {
  head: { number: number; hash: string };
  items: T[];
  prev: string | null;
  next: string | null;
  total: number | null;
}

export interface Place {
  block: number;
  blockHash: string;
  timestamp: number;
  tx: string;
  index: number;
  logIndex: number;
}

export interface TxItem {
  hash: string;
  block: number;
  timestamp: number;
  from: string;
  to: string | null;
  created: string | null;
  success: boolean;
  value: string;
  gasUsed: number;
  fee: string;
  selector: string;
}

export interface BlockItem {
  number: number;
  hash: string;
  timestamp: number;
  producer: string;
  gasLimit: number;
  gasUsed: number;
  transactions: number;
}

export interface TransferItem extends Place {
  token: string;
  from: string;
  to: string;
  kind: number;
  amount: string;
  id?: string;
}

export interface BurnItem extends TransferItem {
  cause: { kind: "use" | "trade" | "buyback" | "holder"; template?: string; version?: number; to?: string; round?: number };
}

export interface EventItem extends Place {
  address: string;
  topics: string[];
  data: string;
}

export interface TemplateItem extends Place {
  id: string;
  version: number;
  author: string;
  name: string;
  manifest: string;
  cids: string[];
  codeHash: string;
  runtimeHash: string;
  price: string;
  shareBps: number;
  payee: string;
  retired: boolean;
  uses: number;
}

/** As the gallery finds it: with what the bundle's manifest says, the author's words. */
export interface FoundItem extends TemplateItem {
  title: { en?: string; zh?: string };
  summary: { en?: string; zh?: string };
  kind: string | null;
}

export interface UseItem extends Place {
  id: string;
  version: number;
  user: string;
  instance: string;
  paid: string;
  burned: string;
}

export interface SettledItem extends Place {
  from: string;
  to: string;
  ref: string;
  token: string;
  gross: string;
  fee: string;
  share: string;
  payee: string;
  burned: string;
}

export interface DepositItem extends Place {
  payer: string;
  instance: string;
  ref: string;
  token: string;
  amount: string;
  kind: "held" | "refunded";
  expiry: number | null;
  byInstance: boolean | null;
}

export interface WorkItem extends Place {
  work: string;
  contentHash: string;
  author: string;
  claimedAt: number;
  committed: boolean;
}

export interface AddressFacts {
  address: string;
  transactions: number;
  transfers: number;
  events: number;
  first: number | null;
  last: number | null;
  createdBy: { tx: string; from: string; block: number } | null;
  token: { kind: number; transfers: number; holders: number; first: number } | null;
}

export type Bucket = { time: number } & Record<string, { n: number; total: string }>;

export interface Series {
  step: number; // seconds
  names: string[];
  buckets: Bucket[];
}

/** With the spans in which nothing happened, which the node leaves out: a line past them would claim what was not. */
export function continuous({ step, buckets }: Series): Bucket[] {
  const [first, last] = [buckets[0], buckets.at(-1)];
  if (!first || !last) return [];
  const known = new Map(buckets.map((bucket) => [bucket.time, bucket]));
  const spans = Math.round((last.time - first.time) / step) + 1;
  return Array.from({ length: spans }, (_, i) => known.get(first.time + i * step) ?? ({ time: first.time + i * step } as Bucket));
}

export class Gone extends Error {
  constructor(
    message: string,
    readonly fresh: string | null,
  ) {
    super(message);
  }
}

/** One answer of the door; throws an Error that says what the node said, `Gone` for a cursor of a removed block. */
export async function data<T>(path: string, query: Record<string, string | number | undefined> = {}): Promise<T> {
  const answer = await fetch(address(path, query));
  const body = (await answer.json()) as T & { error?: string; hint?: string | null; fresh?: string | null };
  if (answer.status === 410) throw new Gone(body.error ?? "", body.fresh ?? null);
  if (!answer.ok) throw new Error([body.error, body.hint].filter(Boolean).join("; "));
  return body;
}

export function address(path: string, query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/data/v1/${path}${text ? `?${text}` : ""}`;
}

/** Where the platform's contracts are; null where it is not rolled out. Asked once, then again until it is there. */
export type Platform = Record<string, `0x${string}`>;
let known: Platform | null = null;

export async function platform(): Promise<Platform | null> {
  if (known) return known;
  try {
    const found = await rpc<Record<string, string> | null>("mz_platform");
    if (found?.["mz"]) {
      known = Object.fromEntries(Object.entries(found).map(([name, at]) => [name, getAddress(at)]));
    }
  } catch {
    return null; // a bare node does not know the method
  }
  return known;
}

/** The name of a platform contract at an address. */
export function platformName(at: string): string | null {
  const wanted = at.toLowerCase();
  return Object.entries(known ?? {}).find(([, value]) => value.toLowerCase() === wanted)?.[0] ?? null;
}

export function forgetPlatform(): void {
  known = null;
}
