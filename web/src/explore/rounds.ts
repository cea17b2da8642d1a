/** The buyback's rounds as its events tell them: what was offered, around which price, and what was burned for it. */

import { decodeEventLog, encodeEventTopics, toHex, type Abi, type ContractEventArgsFromTopics, type ContractEventName, type Hex } from "viem";
import { BUYBACK } from "../net/abi";
import { data, type EventItem, type Page, type Place } from "../net/data";

export const PRICE_SCALE = 10n ** 9n; // the contract's prices are units of a currency for one MZ, times this

export interface Filled extends Place {
  round: number;
  currency: string;
  seller: string;
  burned: string; // wei of MZ
  paid: string; // in the currency's smallest unit
  price: string; // times PRICE_SCALE
}

/** One currency in one round. Prices are null where nothing was sold. */
export interface Lot {
  currency: string;
  budget: bigint;
  anchor: bigint;
  spent: bigint;
  bought: bigint;
  sales: number;
  lowest: bigint | null;
  highest: bigint | null;
}

export interface Round {
  number: number;
  opened: number; // unix seconds
  closes: number;
  tx: string;
  lots: Lot[];
  waits: { currency: string; balance: bigint }[];
}

const MOST = 200;

type Name = ContractEventName<typeof BUYBACK>;

/** What the index is asked for to find the buyback's events of one name. */
export function eventsOf(at: string, name: Name): Record<string, string> {
  return { address: at, topic0: encodeEventTopics({ abi: BUYBACK as Abi, eventName: name })[0] as string };
}

export function decoded<N extends Name>(name: N, item: EventItem): ContractEventArgsFromTopics<typeof BUYBACK, N, true> {
  const topics = item.topics as [Hex, ...Hex[]];
  return decodeEventLog({ abi: BUYBACK as Abi, eventName: name, topics, data: item.data as Hex, strict: true }).args as never;
}

/** Every round, or one of them, the newest first. A lot has at most 101 sales: there is an end to the pages. */
export async function roundsOf(at: string, only?: number): Promise<Round[]> {
  const given = only === undefined ? {} : { topic1: toHex(only, { size: 32 }) };
  const ask = (name: Name): Promise<EventItem[]> => every<EventItem>("events", { ...eventsOf(at, name), ...given });
  const [opened, offered, waiting, sales] = await Promise.all([
    ask("RoundOpened"),
    ask("LotOpened"),
    ask("LotWaits"),
    every<Filled>("buybacks", { round: only }),
  ]);
  const lots = offered.map((item) => decoded("LotOpened", item));
  const waits = waiting.map((item) => decoded("LotWaits", item));
  return opened.map((item) => {
    const { round, opened: since, closes } = decoded("RoundOpened", item);
    return {
      number: Number(round),
      opened: Number(since),
      closes: Number(closes),
      tx: item.tx,
      lots: lots.filter((lot) => lot.round === round).map(({ currency, budget, anchor }) => {
        const own = sales.filter((one) => BigInt(one.round) === round && one.currency.toLowerCase() === currency.toLowerCase());
        const prices = own.map((one) => BigInt(one.price)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        return {
          currency,
          budget,
          anchor,
          spent: own.reduce((sum, one) => sum + BigInt(one.paid), 0n),
          bought: own.reduce((sum, one) => sum + BigInt(one.burned), 0n),
          sales: own.length,
          lowest: prices[0] ?? null,
          highest: prices.at(-1) ?? null,
        };
      }),
      waits: waits.filter((one) => one.round === round).map(({ currency, balance }) => ({ currency, balance })),
    };
  });
}

async function every<T>(list: string, given: Record<string, string | number | undefined>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<T> = await data<Page<T>>(list, { ...given, limit: MOST, cursor });
    found.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  return found;
}

/** MZ that all lots of a round, or of several, burned. */
export function burnedIn(rounds: readonly Round[]): bigint {
  return rounds.flatMap((one) => one.lots).reduce((sum, lot) => sum + lot.bought, 0n);
}

/** A price beside the reference of its lot, such as `0.71`; the curve goes from 0.5 to 1.5. */
export function besides(price: bigint, anchor: bigint): string {
  const hundredths = anchor ? (price * 100n) / anchor : 0n;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")}`;
}
