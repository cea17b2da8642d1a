/** `/tx/:hash`: did it work, and what moved? The first line answers; the rest is evidence. */

import { html, nothing, type TemplateResult } from "lit";
import type { Abi } from "viem";
import { chain, rpc } from "../net/node";
import { link, withQuery } from "../route";
import { address, blockLink } from "../show/address";
import { amount, grouped } from "../show/amount";
import { foreign } from "../show/foreign";
import { tabs } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { when } from "../show/time";
import { t } from "../words";
import { platformName } from "../net/data";
import { abiOf, decodeCall, decodeError, decodeLog, lacksMZ, type Decoded } from "./decode";
import { sentHere } from "../wallet/account";
import { callShown, argumentsShown } from "./values";
import { movesOf, movesShown, type Log } from "./moves";
import { paymentsShown } from "./payments";

interface RawTx {
  hash: string;
  from: string;
  to: string | null;
  value: string;
  input: `0x${string}`;
  nonce: string;
  gas: string;
  type: string;
  gasPrice?: string;
  maxFeePerGas?: string;
  blockNumber: string | null;
  blockHash: string | null;
  transactionIndex: string | null;
}

interface Receipt {
  status: string;
  gasUsed: string;
  effectiveGasPrice: string;
  contractAddress: string | null;
  blockNumber: string;
  logs: Log[];
}

export interface Call {
  type: string;
  from: string;
  to?: string;
  value?: string;
  gasUsed: string;
  input: `0x${string}`;
  output?: string;
  error?: string;
  revertReason?: string;
  calls?: Call[];
}

interface Loaded {
  tx: RawTx | null;
  receipt: Receipt | null;
  timestamp: number;
  call: Decoded | null;
  reason: string | null;
  short: string | null; // the reason in plain words, where it is one that many meet
  deepest: string | null;
  waits: string | null;
}

const MOST_CALLS = 2000;
const MOST_DATA = 64 * 1024;

class TxScreen extends Screen {
  private loaded: Part<Loaded> = this.loads();
  private logs: Part<(Decoded | null)[]> = this.loads();
  private trace: Part<Call> = this.loads();
  private state: Part<Record<"pre" | "post", Record<string, Account>>> = this.loads();
  private shown = "";

  protected override render(): unknown {
    const id = (this.route.parts[1] ?? "").toLowerCase();
    if (this.shown !== id) {
      this.shown = id;
      for (const part of [this.loaded, this.logs, this.trace, this.state]) part.reset();
    }
    if (!/^0x[0-9a-f]{64}$/.test(id)) return html`${heading(t("tx"))}${empty(t("tx.badHash"))}`;
    this.loaded.want(this.at && `${id} ${this.at}`, () => load(id));
    return html`${heading(t("tx"), html`<span class="mono quiet wrap">${id}</span>`)}
    ${this.loaded.show((one) => (one.tx ? this.found(one, one.tx) : empty(sentHere(id) ? t("tx.replaced") : t("tx.unknown"), sentHere(id) ? link("/wallet/activity", t("activity")) : link("/pending", t("pending")))), 8)}`;
  }

  private found(one: Loaded, tx: RawTx): TemplateResult {
    const view = this.query("view") ?? "";
    return html`
      ${this.verdict(one)}
      ${tabs(view, [
        ["", t("tx.view.moves")],
        ["call", t("tx.view.call")],
        ["logs", t("tx.view.logs", { n: one.receipt?.logs.length ?? 0 })],
        one.receipt ? ["calls", t("tx.view.calls")] : null,
        one.receipt ? ["state", t("tx.view.state")] : null,
        ["raw", t("tx.view.raw")],
      ])}
      ${view === "call"
        ? this.call(one, tx)
        : view === "logs"
          ? this.logsView(one, tx)
          : view === "calls"
            ? this.callsView(tx)
            : view === "state"
              ? this.stateView(tx)
              : view === "raw"
                ? html`<pre tabindex="0">${JSON.stringify({ transaction: tx, receipt: one.receipt }, null, 2).slice(0, MOST_DATA)}</pre>`
                : this.moves(one, tx)}
    `;
  }

  private verdict(one: Loaded): TemplateResult {
    const { receipt } = one;
    const depth = receipt && chain.head ? chain.head.number - Number(receipt.blockNumber) : 0;
    const where = receipt
      ? html`${t("block")} ${blockLink(Number(receipt.blockNumber))} · ${when(one.timestamp)} · ${t("tx.depth", { n: depth + 1 })}`
      : nothing;
    if (!receipt) {
      return html`<div class="notice warn" role="status">
        <p class="verdict">… ${t("tx.waiting")}</p>
        <p>${one.waits}</p>
        <p class="quiet">${t("tx.waiting.more")}</p>
      </div>`;
    }
    if (receipt.status === "0x1") {
      return html`<div class="notice good"><p class="verdict">✓ ${t("tx.succeeded")}</p><p class="quiet">${where}</p></div>`;
    }
    const fee = BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice);
    return html`<div class="notice bad">
      <p class="verdict">✕ ${t("tx.refused")} ${one.reason ? foreign(one.reason, { limit: 300 }) : t("tx.noReason")}</p>
      ${one.short ? html`<p>${one.short}</p>` : nothing}
      ${one.deepest ? html`<p>${t("tx.refusedBy")} ${address(one.deepest)}</p>` : nothing}
      <p>${t("tx.nothingMoved")} ${amount(fee, { unit: "ETH" })} ${t("tx.gasSpent")}</p>
      <p class="quiet">${where}</p>
    </div>`;
  }

  private moves(one: Loaded, tx: RawTx): TemplateResult {
    const { receipt } = one;
    const gasPrice = BigInt(receipt?.effectiveGasPrice ?? tx.maxFeePerGas ?? tx.gasPrice ?? 0);
    const gas = BigInt(receipt?.gasUsed ?? tx.gas);
    return html`
      ${facts([
        [t("from"), address(tx.from)],
        tx.to ? [t("to"), address(tx.to)] : [t("tx.created"), receipt?.contractAddress ? address(receipt.contractAddress) : "—"],
        [t("does"), one.call ? html`<strong class="mono">${foreign(one.call.name)}</strong> ${link(withQuery({ view: "call" }), t("tx.arguments"))}` : tx.to ? (tx.input === "0x" ? t("tx.kind.transfer") : html`<span class="mono">${tx.input.slice(0, 10)}</span> ${t("tx.unknownCall")}`) : t("tx.kind.create")],
        [t("value"), amount(BigInt(tx.value), { unit: "ETH", places: -1 })],
        [t("fee"), html`${amount(gas * gasPrice, { unit: "ETH", places: -1 })} <span class="quiet number">= ${grouped(gas.toString())} gas × ${amount(gasPrice, { decimals: 9, unit: "gwei", places: 9 })}</span>`],
        [t("nonce"), Number(tx.nonce)],
      ])}
      ${receipt ? paymentsShown(receipt.logs) : nothing}
      ${receipt
        ? html`<section class="tight"><h2>${t("tx.moved")}</h2>${movesShown(movesOf(receipt.logs), tx, receipt.status === "0x1")}</section>`
        : nothing}
    `;
  }

  private call(one: Loaded, tx: RawTx): TemplateResult {
    if (tx.input === "0x") return empty(t("tx.noData"));
    return html`${one.call ? callShown(one.call) : html`<p class="quiet">${tx.to ? t("tx.undecoded") : t("tx.creationCode")}</p>`}
    <details ?open=${!one.call}><summary>${t("tx.bytes", { n: (tx.input.length - 2) / 2 })}</summary><pre tabindex="0">${tx.input.slice(0, MOST_DATA)}${tx.input.length > MOST_DATA ? "…" : ""}</pre></details>`;
  }

  private logsView(one: Loaded, tx: RawTx): unknown {
    const logs = one.receipt?.logs ?? [];
    if (!logs.length) return empty(t("tx.noLogs"));
    this.logs.want(tx.hash, () =>
      Promise.all(logs.map(async (log) => decodeLog(await abiOf(log.address), log.topics, log.data))),
    );
    return html`<ol class="tree">
      ${logs.map((log, i) => {
        const found = this.logs.value?.[i];
        return html`<li class="tight">
          <p>#${Number(log.logIndex)} ${address(log.address)} <strong class="mono">${found ? foreign(found.name) : log.topics[0]?.slice(0, 10) ?? t("tx.anonymous")}</strong></p>
          ${found
            ? argumentsShown(found.arguments)
            : html`<pre tabindex="0">${log.topics.join("\n")}\n${log.data.slice(0, 4000)}</pre>`}
        </li>`;
      })}
    </ol>`;
  }

  private callsView(tx: RawTx): unknown {
    this.trace.want(tx.hash, () => rpc<Call>("debug_traceTransaction", [tx.hash, { tracer: "callTracer" }]));
    return this.trace.show((root) => {
      let left = MOST_CALLS;
      const row = (call: Call): unknown => {
        if (left-- <= 0) return nothing;
        return html`<li>
          <span class="badge">${call.type}</span> ${call.to ? address(call.to) : nothing}
          <mz-call .to=${call.to ?? ""} .input=${call.input}></mz-call>
          ${BigInt(call.value ?? 0) ? amount(BigInt(call.value!), { unit: "ETH" }) : nothing}
          <span class="quiet number">${grouped(BigInt(call.gasUsed).toString())} gas</span>
          ${call.error ? html`<span class="bad">✕ ${foreign(decodeError(call.output) ?? call.revertReason ?? call.error, { limit: 200 })}</span>` : nothing}
          ${call.calls?.length ? html`<ul>${call.calls.map(row)}</ul>` : nothing}
        </li>`;
      };
      return html`<ul class="tree">${row(root)}</ul>${left < 0 ? html`<p class="quiet">${t("tx.callsCut", { n: MOST_CALLS })}</p>` : nothing}`;
    });
  }

  private stateView(tx: RawTx): unknown {
    this.state.want(tx.hash, () =>
      rpc("debug_traceTransaction", [tx.hash, { tracer: "prestateTracer", tracerConfig: { diffMode: true } }]),
    );
    return this.state.show(({ pre, post }) => {
      const accounts = [...new Set([...Object.keys(pre), ...Object.keys(post)])];
      return html`<div class="scroll" tabindex="0"><table>
        <thead><tr><th>${t("address")}</th><th>${t("tx.what")}</th><th class="right">${t("before")}</th><th class="right">${t("after")}</th></tr></thead>
        <tbody>${accounts.flatMap((one) => changes(pre[one], post[one]).map(
          ([what, before, after]) => html`<tr><td>${address(one)}</td><td class="mono">${what}</td><td class="right mono wrap">${before}</td><td class="right mono wrap">${after}</td></tr>`,
        ))}</tbody>
      </table></div>`;
    });
  }
}
customElements.define("mz-tx", TxScreen);

interface Account {
  balance?: string;
  nonce?: number;
  code?: string;
  storage?: Record<string, string>;
}

function changes(pre: Account | undefined, post: Account | undefined): [string, string, unknown][] {
  const rows: [string, string, unknown][] = [];
  if (post?.balance !== undefined) rows.push(["balance", BigInt(pre?.balance ?? 0).toString(), BigInt(post.balance).toString()]);
  if (post?.nonce !== undefined) rows.push(["nonce", String(pre?.nonce ?? 0), String(post.nonce)]);
  if (post?.code !== undefined) rows.push(["code", pre?.code ? "…" : "—", `${(post.code.length - 2) / 2} B`]);
  const slots = new Set([...Object.keys(pre?.storage ?? {}), ...Object.keys(post?.storage ?? {})]);
  for (const slot of slots) {
    const trim = (value: string | undefined): string => (value ? `0x${BigInt(value).toString(16)}` : "0x0");
    rows.push([`${slot.slice(0, 10)}…${slot.slice(-4)}`, trim(pre?.storage?.[slot]), trim(post?.storage?.[slot])]);
  }
  return rows;
}

async function load(id: string): Promise<Loaded> {
  const [tx, receipt] = await Promise.all([
    rpc<RawTx | null>("eth_getTransactionByHash", [id]),
    rpc<Receipt | null>("eth_getTransactionReceipt", [id]),
  ]);
  const none = { timestamp: 0, call: null, reason: null, short: null, deepest: null, waits: null };
  if (!tx) return { tx, receipt: null, ...none };
  const known = tx.to ? await abiOf(tx.to) : null;
  const call = known && tx.input !== "0x" ? decodeCall(known, tx.input) : null;
  if (!receipt) return { tx, receipt, ...none, call, waits: await whyWaiting(tx) };
  const block = await rpc<{ timestamp: string }>("eth_getBlockByNumber", [receipt.blockNumber, false]);
  const failure = receipt.status === "0x1" ? null : await whyFailed(id, known?.abi);
  return { tx, receipt, ...none, call, timestamp: Number(block.timestamp), ...failure };
}

/** The deepest call that failed on its own, and its error in the words of that contract's ABI. */
async function whyFailed(id: string, abi: Abi | undefined): Promise<Pick<Loaded, "reason" | "short" | "deepest">> {
  try {
    const root = await rpc<Call>("debug_traceTransaction", [id, { tracer: "callTracer" }]);
    let at = root;
    for (;;) {
      const below = at.calls?.findLast((one) => one.error);
      if (!below) break;
      at = below;
    }
    const output = root.output && root.output !== "0x" ? root.output : at.output;
    const own = at.to ? (await abiOf(at.to)).abi : abi;
    const reason = decodeError(output, own) ?? (output && output !== "0x" ? output : null) ?? root.revertReason ?? root.error ?? null;
    return { reason, short: at.to && platformName(at.to) === "mz" ? lacksMZ(output) : null, deepest: at === root ? null : (at.to ?? null) };
  } catch {
    return { reason: null, short: null, deepest: null };
  }
}

async function whyWaiting(tx: RawTx): Promise<string> {
  const next = Number(await rpc<string>("eth_getTransactionCount", [tx.from, "pending"]));
  const cap = BigInt(tx.maxFeePerGas ?? tx.gasPrice ?? 0);
  if (Number(tx.nonce) > next) return t("pending.gap", { n: next });
  if (cap < (chain.head?.baseFee ?? 0n)) return t("pending.fee");
  return t("pending.ready");
}

/** A call inside a tree: its name by the ABI of the contract called. */
class MzCall extends Screen {
  static override properties = { ...Screen.properties, to: {}, input: {} };
  to = "";
  input: `0x${string}` = "0x";
  private call: Part<Decoded | null> = this.loads();

  protected override render(): unknown {
    if (this.input === "0x" || !this.to) return nothing;
    this.call.want(`${this.to}${this.input.slice(0, 80)}`, async () => decodeCall(await abiOf(this.to), this.input));
    const found = this.call.value;
    return html`<span class="mono">${found ? foreign(found.name) : this.input.slice(0, 10)}</span>`;
  }
}
customElements.define("mz-call", MzCall);
