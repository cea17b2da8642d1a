/** JSON-RPC to the node that served this page: calls in batches over HTTP, new heads over one WebSocket. */

export interface Head {
  number: number;
  hash: string;
  timestamp: number;
  baseFee: bigint;
}

export type Status = "connecting" | "live" | "lost";

export interface RpcProblem extends Error {
  code: number;
  data?: unknown;
}

type Waiting = { method: string; params: unknown[]; done: (value: unknown) => void; failed: (problem: Error) => void };

const BATCH = 100;
const FIRST_PAUSE = 500; // milliseconds until the first attempt to reconnect
const LONGEST_PAUSE = 10_000;
const ANNOUNCE_EVERY = 250; // milliseconds

let queue: Waiting[] = [];
let serial = 0;

/** One call; calls made in the same moment travel together. Throws RpcProblem with the node's own words. */
export function rpc<T>(method: string, params: unknown[] = []): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    queue.push({ method, params, done: resolve as (value: unknown) => void, failed: reject });
    if (queue.length === 1) queueMicrotask(flush);
  });
}

function flush(): void {
  const calls = queue;
  queue = [];
  for (let i = 0; i < calls.length; i += BATCH) void send(calls.slice(i, i + BATCH));
}

async function send(calls: Waiting[]): Promise<void> {
  const first = serial + 1;
  serial += calls.length;
  const body = calls.map(({ method, params }, i) => ({ jsonrpc: "2.0", id: first + i, method, params }));
  try {
    const answer = await fetch("/", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body.length === 1 ? body[0] : body),
    });
    if (!answer.ok) throw new Error(`the node answered HTTP ${answer.status}`);
    const found = (await answer.json()) as Answer | Answer[];
    const byId = new Map((Array.isArray(found) ? found : [found]).map((one) => [one.id, one]));
    calls.forEach((call, i) => {
      const one = byId.get(first + i);
      if (!one) call.failed(new Error("the node left a call unanswered"));
      else if (one.error) call.failed(problem(one.error));
      else call.done(one.result);
    });
  } catch (failure) {
    for (const call of calls) call.failed(failure as Error);
  }
}

interface Answer {
  id: number;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

function problem(error: { code: number; message: string; data?: unknown }): RpcProblem {
  return Object.assign(new Error(error.message), { code: error.code, data: error.data });
}

/** The live chain: head, connection, and who wants to hear of changes. */
class Chain extends EventTarget {
  status: Status = "connecting";
  head: Head | null = null;
  lastSeen = Date.now();
  chainId = 0;
  genesis = "";
  private socket: WebSocket | null = null;
  private pause = FIRST_PAUSE;
  private announced = 0;
  private heardAt = 0;

  start(): void {
    void this.catchUp();
    void this.connect();
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.status === "lost") void this.connect();
    });
  }

  /** Resolves once the head, chain id and genesis are known. */
  async ready(): Promise<void> {
    if (this.head && this.chainId) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.head || !this.chainId) return;
        this.removeEventListener("change", look);
        resolve();
      };
      this.addEventListener("change", look);
    });
  }

  private async connect(): Promise<void> {
    if (this.socket) return;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] }));
      void this.catchUp();
    });
    socket.addEventListener("message", (event) => this.hear(String(event.data)));
    socket.addEventListener("close", () => this.lose());
    socket.addEventListener("error", () => socket.close());
  }

  private async catchUp(): Promise<void> {
    try {
      const [id, genesis, latest] = await Promise.all([
        rpc<string>("eth_chainId"),
        rpc<{ hash: string }>("eth_getBlockByNumber", ["0x0", false]),
        rpc<RawHead>("eth_getBlockByNumber", ["latest", false]),
      ]);
      this.chainId = Number(id);
      const changed = this.genesis !== "" && this.genesis !== genesis.hash;
      this.genesis = genesis.hash;
      this.pause = FIRST_PAUSE;
      this.status = "live";
      this.take(latest);
      if (changed) this.dispatchEvent(new Event("replaced"));
    } catch {
      this.socket?.close();
    }
  }

  private hear(text: string): void {
    const message = JSON.parse(text) as { method?: string; params?: { result: RawHead } };
    if (message.method === "eth_subscription" && message.params) this.take(message.params.result);
  }

  private take(raw: RawHead): void {
    this.head = {
      number: Number(raw.number),
      hash: raw.hash,
      timestamp: Number(raw.timestamp),
      baseFee: BigInt(raw.baseFeePerGas ?? 0),
    };
    this.lastSeen = Date.now();
    this.announce();
  }

  private lose(): void {
    this.socket = null;
    this.status = "lost";
    this.announce();
    setTimeout(() => void this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  /** At most four times a second: pages re-read what they show on each. */
  private announce(): void {
    if (this.announced) return;
    this.announced = window.setTimeout(() => {
      this.announced = 0;
      this.heardAt = Date.now();
      this.dispatchEvent(new Event("change"));
    }, Math.max(0, this.heardAt + ANNOUNCE_EVERY - Date.now()));
  }
}

interface RawHead {
  number: string;
  hash: string;
  timestamp: string;
  baseFeePerGas?: string;
}

export const chain = new Chain();
