/** The template registry, read from its own events: the page trusts nobody's list. */

import { rpc } from "./rpc";

/** keccak256 of the event signatures in contracts/registry/ITemplates.sol; a test compares them with the build. */
const PUBLISHED = "0x556c423722dfbe950ea948931412122679b2d5210f82bb442f71923136a74f19";
const RETIRED = "0x59c898ba78e682cb3f725f97218ec2e1f50fb246ff313fdb45ff0b7ebf03e57e";

export interface Template {
  name: string;
  author: string;
  version: number;
  price: bigint;
  shareBps: number;
}

interface Log {
  topics: string[];
  data: string;
}

/** The newest version of each template that is open for use, in the order of first publication. */
export async function templates(registry: string, block: string): Promise<Template[]> {
  const logs = await rpc<Log[]>("eth_getLogs", [
    { address: registry, fromBlock: "0x0", toBlock: block, topics: [[PUBLISHED, RETIRED]] },
  ]);
  const offers = new Map<string, Map<number, Template>>();
  for (const log of logs) {
    const id = log.topics[1] ?? "";
    const version = Number(log.topics[2]);
    const versions = offers.get(id) ?? new Map<number, Template>();
    offers.set(id, versions);
    if (log.topics[0] === PUBLISHED) versions.set(version, published(log, version));
    else versions.delete(version);
  }
  return [...offers.values()].flatMap((versions) => [...versions.values()].slice(-1));
}

/** Data: name, manifest, code hash, runtime hash, then the terms (price, share, payee), a word each. */
function published(log: Log, version: number): Template {
  const word = (index: number): string => log.data.slice(2 + 64 * index, 66 + 64 * index);
  return {
    name: ascii(word(0)),
    author: `0x${(log.topics[3] ?? "").slice(-40)}`,
    version,
    price: BigInt(`0x${word(4)}`),
    shareBps: Number(`0x${word(5)}`),
  };
}

function ascii(word: string): string {
  const bytes = (word.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.slice(0, end < 0 ? bytes.length : end));
}
