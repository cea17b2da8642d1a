/** Nothing is signed that was not first tried and put in words: the sentence, the warnings, what changes, then the button
 * that names the act. The trial runs again with each block; a changed outcome asks for a second look. */

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { chain, rpc, type RpcProblem } from "../net/node";
import { platformName } from "../net/data";
import { link } from "../route";
import { address, txLink } from "../show/address";
import { amount, exact } from "../show/amount";
import { foreign } from "../show/foreign";
import { absolute } from "../show/time";
import { has, t } from "../words";
import { callShown, valueShown } from "../explore/values";
import { decodeError } from "../explore/decode";
import { tokenAmount } from "../explore/tokens";
import { account, fees, remember, WrongNetwork, type Account, type TypedData } from "./account";
import { addNetwork, providerOf } from "./injected";
import { permitData, signPermit, type Permit } from "./permit";
import { attempt, type Trial, type Wish } from "./trial";
import { explain, explainTyped, type Explained } from "./warnings";

export interface Plan {
  /** One sentence, verb first, in our words; foreign text inside it is quoted by whoever writes it. */
  sentence: string | TemplateResult;
  /** What the button says: the act and the amount. */
  act: string;
  to: string | null;
  data: `0x${string}`;
  value?: bigint;
  /** MZ that a spender may take in this very transaction, by a signature; `with` builds the call with it. */
  allowance?: { token: string; spender: string; amount: bigint; with: (permit: Permit) => `0x${string}` };
  /** The ABI of a contract that `to` will call, so that its refusals have a name. */
  errors?: Wish["errors"];
  nonce?: number;
  fee?: { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };
  more?: unknown;
  /** Throws when what was agreed to is not what is there any more; asked again just before signing. */
  check?: () => Promise<void>;
}

export interface Receipt {
  transactionHash: string;
  status: string;
  blockNumber: string;
  contractAddress: string | null;
  logs: { address: string; topics: string[]; data: string; logIndex: string }[];
}

export class Rejected extends Error {
  constructor() {
    super(t("preview.rejected"));
  }
}

/** It was sent, and the person did not wait for its block. */
class Left extends Error {
  constructor() {
    super(t("preview.left"));
  }
}

/** Shows the plan and, if the person agrees, carries it out. Resolves with the receipt; throws Rejected. */
export function propose(plan: Plan): Promise<Receipt> {
  const shown = document.createElement("mz-preview") as MzPreview;
  return shown.open(plan, null) as Promise<Receipt>;
}

/** The same for typed data. */
export function proposeTyped(data: TypedData): Promise<`0x${string}`> {
  const shown = document.createElement("mz-preview") as MzPreview;
  return shown.open(null, data) as Promise<`0x${string}`>;
}

class MzPreview extends LitElement {
  private plan: Plan | null = null;
  private typed: TypedData | null = null;
  private who: Account | null = null;
  private trial: Trial | null = null;
  private explained: (Explained & { sentence?: string }) | null = null;
  private price: { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint } | null = null;
  private problem: unknown = null;
  private verdict: boolean | null = null;
  private changed = false;
  private working = "";
  private sent = ""; // the hash of what has left
  private slow = false; // it is in no block yet, after a while
  private left = false;
  private receipt: Receipt | null = null;
  private word = "";
  private settle: { done: (value: Receipt | `0x${string}`) => void; failed: (problem: Error) => void } | null = null;
  private readonly heard = (): void => void this.attempt();

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  open(plan: Plan | null, typed: TypedData | null): Promise<Receipt | `0x${string}`> {
    this.plan = plan;
    this.typed = typed;
    this.who = account();
    (document.getElementById("over") ?? document.body).append(this);
    chain.addEventListener("change", this.heard);
    void this.prepare();
    return new Promise((done, failed) => {
      this.settle = { done, failed };
    });
  }

  private async prepare(): Promise<void> {
    try {
      if (this.plan) {
        this.explained = await explain({ to: this.plan.to, data: this.plan.data });
        this.price = this.plan.fee ?? (await fees());
        await this.attempt();
      } else if (this.typed) {
        this.explained = await explainTyped(this.typed, (raw) => `${exact(raw, 18)} MZ`, absolute);
      }
    } catch (problem) {
      this.problem = problem;
    }
    this.requestUpdate();
  }

  private async attempt(): Promise<void> {
    if (!this.plan || !this.who || this.working || this.receipt) return;
    try {
      const { to, data, value = 0n, allowance, errors } = this.plan;
      this.trial = await attempt({ from: this.who.address, to, data, value, ...(allowance ? { allowance } : {}), ...(errors ? { errors } : {}) });
      if (this.verdict !== null && this.verdict !== this.trial.ok) this.changed = true;
      this.verdict = this.trial.ok;
    } catch (problem) {
      this.problem = problem;
    }
    this.requestUpdate();
  }

  protected override firstUpdated(): void {
    const dialog = this.querySelector("dialog")!;
    dialog.showModal();
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    this.querySelector<HTMLElement>(".sentence")?.focus();
  }

  private close(): void {
    if (this.working && !this.slow) return; // it is about to leave, or has just left
    this.left = true;
    chain.removeEventListener("change", this.heard);
    this.querySelector("dialog")?.close();
    this.remove();
    if (this.receipt) this.settle?.done(this.receipt);
    else if (!this.sent) this.settle?.failed(new Rejected());
    else this.settle?.failed(this.problem instanceof Error ? this.problem : new Left());
  }

  protected override render(): TemplateResult {
    return html`<dialog class="preview" aria-labelledby="preview-sentence">
      <p class="quiet">${t("preview.asks", { chain: chain.chainId })} ${this.who ? address(this.who.address, { plain: true }) : nothing}</p>
      <p class="sentence" id="preview-sentence" tabindex="-1">${this.plan?.sentence ?? this.explained?.sentence ?? t("loading")}</p>
      ${this.receipt ? this.outcome(this.receipt) : this.sent ? this.waits() : this.asking()}
    </dialog>`;
  }

  private asking(): unknown {
    return html`
      ${this.warnings()} ${this.plan?.more ?? nothing} ${this.plan ? this.balances() : this.message()} ${this.trouble()}
      ${this.unlimited()
        ? html`<div class="field">
            <label for="word">${t("preview.typeWord")}</label>
            <input id="word" autocomplete="off" .value=${this.word} @input=${(event: InputEvent) => {
              this.word = (event.target as HTMLInputElement).value;
              this.requestUpdate();
            }} />
          </div>`
        : nothing}
      <div class="row">
        <button type="button" id="reject" @click=${() => this.close()} ?disabled=${Boolean(this.working)}>${t("preview.reject")}</button>
        <span class="spring"></span>
        ${this.blocked() ? html`<span class="quiet" role="status">${this.blocked()}</span>` : nothing}
        <button type="button" id="sign" class="primary" ?disabled=${Boolean(this.blocked())} @click=${() => void this.go()}>
          ${this.working || (this.plan?.act ?? t("preview.sign"))}
        </button>
      </div>
      ${this.plan
        ? html`<details>
            <summary>${t("preview.raw")}</summary>
            ${this.explained?.call ? callShown(this.explained.call) : nothing}
            <pre tabindex="0">${JSON.stringify({ to: this.plan.to, value: String(this.plan.value ?? 0n), data: this.plan.data.slice(0, 4000) }, null, 2)}</pre>
          </details>`
        : nothing}
    `;
  }

  /** It cannot be called back, and is not signed twice: the wallet's activity is where it is replaced. */
  private waits(): unknown {
    return html`
      <p role="status">${this.working || nothing} ${txLink(this.sent)}</p>
      ${this.trouble()} ${this.slow && !this.problem ? html`<p class="notice warn"><span>${t("preview.sentWaits")}</span></p>` : nothing}
      ${this.slow
        ? html`<div class="row"><span class="spring"></span><button type="button" id="leave" @click=${() => this.close()}>${this.problem ? t("done") : t("preview.leave")}</button></div>`
        : nothing}`;
  }

  private warnings(): unknown {
    return (this.explained?.warnings ?? []).map(
      (one) => html`<p class="notice ${one.level === "danger" ? "bad" : "warn"}"><span>${one.level === "danger" ? "✕ " : ""}${one.text}</span></p>`,
    );
  }

  private balances(): unknown {
    const { trial, price, plan } = this;
    if (!trial || !price || !plan) return this.problem ? nothing : html`<p class="quiet">${t("preview.trying")}</p>`;
    const gas = trial.gas * price.maxFeePerGas;
    const likely = trial.used * ((chain.head?.baseFee ?? 0n) + price.maxPriorityFeePerGas);
    return html`
      <p class=${trial.ok ? "good" : "bad"} role="status">
        ${trial.ok ? `✓ ${t("preview.ok")}` : html`✕ ${t("preview.fails")} ${trial.reason ? foreign(trial.reason, { limit: 300 }) : nothing}`}
        <span class="quiet">${t("preview.triedOn", { n: trial.block.toLocaleString("en") })}</span>
      </p>
      ${this.changed ? html`<p class="notice warn" role="alert"><span>${t("preview.changed")}</span></p>` : nothing}
      ${trial.ok
        ? html`<table class="breakdown">
            <caption class="sr">${t("preview.balances")}</caption>
            <tbody>
              ${trial.changes.map(
                (one) => html`<tr><td>${/^0x0*$/.test(one.token) ? "ETH" : platformName(one.token) === "mz" ? "MZ" : html`<mz-token-name .address=${one.token}></mz-token-name>`}</td>
                  <td>${one.after === one.before ? html`<span class="quiet">${t("noChange")}</span>` : tokenAmount(one.token, one.after - one.before, { sign: true, places: -1 })}</td></tr>`,
              )}
              <tr><td>${t("preview.gas")}</td><td>${t("preview.likely")} ${amount(likely, { unit: "ETH" })}, ${t("preview.limit")} ${amount(gas, { unit: "ETH" })}</td></tr>
              ${plan.allowance ? html`<tr><td>${t("preview.allowance")}</td><td>${t("preview.allowance.exact")} ${amount(plan.allowance.amount, { places: -1 })}</td></tr>` : nothing}
            </tbody>
          </table>`
        : html`<p>${t("preview.wouldCost")}</p>`}
      ${this.shortOfEther() ? html`<p class="notice bad"><span>${t("preview.noGas", { need: exact(gas + (plan.value ?? 0n), 18), have: exact(trial.ether, 18) })}</span></p>` : nothing}
    `;
  }

  private message(): unknown {
    const data = this.typed;
    if (!data) return nothing;
    const fields = data.types[data.primaryType] ?? [];
    return html`<dl class="facts">
        <div><dt>${t("typed.contract")}</dt><dd>${data.domain["verifyingContract"] ? address(String(data.domain["verifyingContract"])) : "—"} ${foreign(String(data.domain["name"] ?? ""), { name: true, trusted: platformName(String(data.domain["verifyingContract"] ?? "")) !== null })}</dd></div>
        ${fields.map((field) => html`<div><dt>${foreign(field.name)} <span class="mono">${foreign(field.type)}</span></dt><dd>${valueShown({ name: field.name, type: /^(address|bool|string|u?int\d*|bytes\d*)$/.test(field.type) ? field.type : "bytes", value: typed(field.type, data.message[field.name]) })}</dd></div>`)}
      </dl>`;
  }

  private trouble(): unknown {
    if (!this.problem) return nothing;
    if (this.problem instanceof WrongNetwork) {
      const provider = providerOf(this.who?.label ?? "");
      return html`<div class="notice bad" role="alert">
        <p>${t("wrongNetwork", { on: this.problem.on, here: chain.chainId })}</p>
        ${provider ? html`<button type="button" @click=${() => void addNetwork(provider).then(() => this.retry())}>${t("network.add")}</button>` : nothing}
      </div>`;
    }
    const failure = this.problem as RpcProblem & { key?: string };
    const reason = typeof failure.data === "string" ? decodeError(failure.data) : null;
    const text = failure.key && has(failure.key) ? t(failure.key) : (reason ?? failure.message);
    return html`<p class="notice bad" role="alert"><span>${foreign(text, { limit: 400 })}</span></p>`;
  }

  private retry(): void {
    this.problem = null;
    void this.prepare();
  }

  private unlimited(): boolean {
    return this.explained?.warnings.some((one) => one.unlimited) ?? false;
  }

  private shortOfEther(): boolean {
    if (!this.trial || !this.price || !this.plan) return false;
    return this.trial.ether < this.trial.gas * this.price.maxFeePerGas + (this.plan.value ?? 0n);
  }

  /** Why the button is off, in words; empty when it is not. */
  private blocked(): string {
    if (this.working) return "";
    if (!this.who) return t("preview.noAccount");
    if (chain.status !== "live") return t("preview.offline");
    if (this.unlimited() && this.word.trim().toLowerCase() !== t("preview.word")) return t("preview.typeWord");
    if (!this.plan) return "";
    if (!this.trial) return this.problem ? t("preview.cannotTry") : t("preview.trying");
    if (this.shortOfEther()) return t("preview.noGas.short");
    return "";
  }

  private async go(): Promise<void> {
    const { who, plan, typed } = this;
    if (!who) return;
    this.problem = null;
    try {
      if (typed) {
        this.say(t("preview.signing"));
        const signature = await who.signTyped(typed);
        this.working = "";
        this.finish(signature);
        return;
      }
      if (!plan || !this.trial || !this.price) return;
      await plan.check?.();
      let data = plan.data;
      if (plan.allowance) {
        this.say(t("preview.signing"));
        const { token, spender, amount: value } = plan.allowance;
        data = plan.allowance.with(await signPermit(who, await permitData(who.address, token, spender, value)));
      }
      this.say(t("preview.sending"));
      const hash = await who.send({ to: plan.to, data, value: plan.value ?? 0n, gas: this.trial.gas, ...this.price, ...(plan.nonce === undefined ? {} : { nonce: plan.nonce }) });
      const sentence = typeof plan.sentence === "string" ? plan.sentence : plan.act;
      remember({ hash, what: sentence, at: Math.floor(Date.now() / 1000), from: who.address, nonce: plan.nonce ?? null });
      window.dispatchEvent(new Event("mz-account"));
      this.sent = hash;
      this.say(t("preview.waiting"));
      const timer = window.setTimeout(() => {
        this.slow = true;
        this.requestUpdate();
      }, LEAVE_AFTER);
      this.receipt = await landed(hash, () => this.left).finally(() => window.clearTimeout(timer));
      await this.compare(hash, data);
    } catch (problem) {
      this.problem = problem;
      this.slow = this.sent !== "";
    }
    this.working = "";
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>("#done")?.focus();
  }

  /** What landed must be what was shown: a wallet is foreign code. */
  private async compare(hash: string, data: string): Promise<void> {
    const tx = await rpc<{ to: string | null; value: string; input: string } | null>("eth_getTransactionByHash", [hash]);
    const same =
      tx !== null &&
      (tx.to ?? "").toLowerCase() === (this.plan?.to ?? "").toLowerCase() &&
      BigInt(tx.value) === (this.plan?.value ?? 0n) &&
      tx.input.toLowerCase() === data.toLowerCase();
    if (!same) this.problem = new Error(t("preview.other"));
  }

  private outcome(receipt: Receipt): unknown {
    const fine = receipt.status === "0x1";
    return html`
      <div class="notice ${fine ? "good" : "bad"}" role="status">
        <p class="verdict">${fine ? `✓ ${t("tx.succeeded")}` : `✕ ${t("tx.refused")}`}</p>
        <p>${t("block")} ${Number(receipt.blockNumber).toLocaleString("en")} · ${txLink(receipt.transactionHash)}</p>
      </div>
      ${this.trouble()}
      <div class="row">
        ${link(`/tx/${receipt.transactionHash}`, t("receipt"), "button")}
        <span class="spring"></span>
        <button type="button" id="done" class="primary" @click=${() => this.close()}>${t("done")}</button>
      </div>
    `;
  }

  private say(text: string): void {
    this.working = text;
    this.requestUpdate();
  }

  private finish(value: `0x${string}`): void {
    chain.removeEventListener("change", this.heard);
    this.querySelector("dialog")?.close();
    this.remove();
    this.settle?.done(value);
  }
}
customElements.define("mz-preview", MzPreview);

function typed(type: string, value: unknown): unknown {
  return /^u?int/.test(type) ? BigInt(String(value ?? 0)) : typeof value === "object" ? JSON.stringify(value) : value;
}

const LOOK_EVERY = 300; // milliseconds
const PATIENCE = 120_000;
const LEAVE_AFTER = 2_500;
const GONE_AFTER = 10; // looks: between two blocks that replace each other a transaction may be nowhere for a moment

/** The receipt, once the transaction stands in a block; throws where it never will, or nobody waits for it any more. */
async function landed(hash: string, left: () => boolean): Promise<Receipt> {
  const start = Date.now();
  let missed = 0;
  for (;;) {
    const [receipt, known] = await Promise.all([
      rpc<Receipt | null>("eth_getTransactionReceipt", [hash]).catch(() => null),
      rpc<object | null>("eth_getTransactionByHash", [hash]).catch(() => undefined),
    ]);
    if (receipt) return receipt;
    if (left()) throw new Left();
    missed = known === null ? missed + 1 : 0;
    if (missed > GONE_AFTER) throw new Error(t("preview.gone"));
    if (Date.now() - start > PATIENCE) throw new Error(t("preview.waitsLong"));
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}
