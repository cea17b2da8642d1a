/** The built-in wallet as the page sees it: keystores in IndexedDB, the key in a worker, a lock that closes by itself. */

import { getAddress } from "viem/utils";
import { chain, rpc } from "../net/node";
import { account, act, type Account, type Sending, type TypedData } from "./account";
import workerUrl from "./keyring.worker?worker&url";
import type { Keystore, Sealed } from "./keystore";

export interface Kept {
  address: string;
  store: Sealed;
  backedUp: boolean;
}

export const LOCK_AFTER = 10 * 60 * 1000; // milliseconds without a signature
let worker: Worker | null = null;
let serial = 0;
let lockTimer = 0;
const waiting = new Map<number, { done: (value: unknown) => void; failed: (problem: Error) => void }>();

/** WebCrypto is there on loopback and https only. */
export function possible(): boolean {
  return window.isSecureContext && Boolean(crypto.subtle);
}

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
}

function start(): Worker {
  if (worker) return worker;
  let url: unknown = workerUrl;
  const types = (window as unknown as { trustedTypes?: Policies }).trustedTypes;
  if (types) {
    const policy = types.createPolicy("mz-worker", {
      createScriptURL(asked) {
        if (new URL(asked, location.href).origin !== location.origin) throw new Error("only scripts of this node");
        return asked;
      },
    });
    url = policy.createScriptURL(workerUrl);
  }
  worker = new Worker(url as string, { type: "module" });
  worker.addEventListener("message", (event: MessageEvent<{ id: number; value?: unknown; problem?: string }>) => {
    const one = waiting.get(event.data.id);
    waiting.delete(event.data.id);
    if (event.data.problem !== undefined) one?.failed(new Error(event.data.problem));
    else one?.done(event.data.value);
  });
  return worker;
}

function ask<T>(what: Record<string, unknown>): Promise<T> {
  const id = ++serial;
  return new Promise<T>((resolve, reject) => {
    waiting.set(id, { done: resolve as (value: unknown) => void, failed: reject });
    start().postMessage({ id, ask: what });
  });
}

export async function create(password: string): Promise<{ words: string; address: string }> {
  const { words, store } = await ask<{ words: string; store: Sealed }>({ do: "create", password });
  return { words, address: await keep(store, false) };
}

export async function bring(
  from: { words?: string; key?: string; store?: Keystore; oldPassword?: string },
  password: string,
): Promise<string> {
  const { store } = await ask<{ store: Sealed }>({ do: "import", ...from, password });
  return keep(store, true);
}

export async function unlock(kept: Kept, password: string): Promise<void> {
  const address = await ask<string>({ do: "unlock", store: kept.store, password });
  become(address);
}

export async function lock(): Promise<void> {
  window.clearTimeout(lockTimer);
  if (account()?.kind === "builtin") act(null);
  if (worker) await ask({ do: "lock" });
}

async function keep(store: Sealed, backedUp: boolean): Promise<string> {
  const address = getAddress(`0x${store.address}`);
  const before = (await all()).find((one) => one.address === address);
  await put({ address, store, backedUp: backedUp || (before?.backedUp ?? false) });
  become(address);
  return address;
}

function become(address: string): void {
  stayOpen();
  act(make(getAddress(address)));
}

function stayOpen(): void {
  window.clearTimeout(lockTimer);
  lockTimer = window.setTimeout(() => void lock(), LOCK_AFTER);
}

function make(address: string): Account {
  return {
    address,
    kind: "builtin",
    label: "",
    chainId: () => Promise.resolve(chain.chainId),
    async send(wish: Sending): Promise<string> {
      stayOpen();
      const nonce = wish.nonce ?? Number(await rpc<string>("eth_getTransactionCount", [address, "pending"]));
      const tx = {
        type: "eip1559",
        chainId: chain.chainId,
        nonce,
        ...(wish.to ? { to: wish.to } : {}),
        data: wish.data,
        value: wish.value,
        gas: wish.gas,
        maxFeePerGas: wish.maxFeePerGas,
        maxPriorityFeePerGas: wish.maxPriorityFeePerGas,
      };
      return rpc<string>("eth_sendRawTransaction", [await ask<string>({ do: "sign", tx })]);
    },
    signTyped(data: TypedData): Promise<`0x${string}`> {
      stayOpen();
      return ask({ do: "typed", data });
    },
  };
}

// --- what is kept ------------------------------------------------------------------------------------------------------

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("mz-wallet", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("keys", { keyPath: "address" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("the browser keeps nothing here"));
  });
}

async function inStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await database();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction("keys", mode);
      const asked = work(transaction.objectStore("keys"));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error ?? new Error("the browser could not keep the key"));
    });
  } finally {
    db.close();
  }
}

export function all(): Promise<Kept[]> {
  return inStore<Kept[]>("readonly", (store) => store.getAll() as IDBRequest<Kept[]>);
}

export async function put(kept: Kept): Promise<void> {
  await inStore("readwrite", (store) => store.put(kept));
}

export async function forget(address: string): Promise<void> {
  await inStore("readwrite", (store) => store.delete(address));
}
