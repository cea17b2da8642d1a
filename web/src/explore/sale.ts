/** `/sale`: MZ for ether from the platform's own sale. What do I get, and what becomes of my money if it fails? */

import { html, nothing, type TemplateResult } from "lit";
import { encodeFunctionData } from "viem";
import { SALE } from "../net/abi";
import { ask, read } from "../net/contract";
import { platform } from "../net/data";
import { rpc } from "../net/node";
import { link } from "../route";
import { address } from "../show/address";
import { amount, exact, parseAmount } from "../show/amount";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { deadline } from "../show/time";
import { account } from "../wallet/account";
import { needsAccount } from "../wallet/needs-account";
import { t } from "../words";

const ETHER = 10n ** 18n;
const TRANCHES = ["sale.public", "sale.crowd"] as const; // in the order of the contract
const SLACK = 98n; // per cent of what is offered now: less is not accepted

interface Found {
  at: `0x${string}`;
  terms: { opens: number; closes: number; mzPerYuan: bigint; softCap: bigint; caps: readonly [bigint, bigint] };
  sold: bigint[];
  raised: bigint;
  succeeded: boolean;
  failed: boolean;
  perEther: bigint | null; // MZ now; null without a fresh price
  mine: { paid: bigint; bought: bigint } | null;
}

class Sale extends Screen {
  private found: Part<Found | null> = this.loads();
  private form = { amount: "", tranche: 0 };
  private wrong = "";
  private turn = 0;

  protected override render(): unknown {
    const me = account()?.address;
    this.found.want(this.at && `${me}${this.turn}${this.at}`, () => find(me));
    return html`${heading(t("sale"), html`<span class="spring"></span>${link("/economy", t("economy"))}`)}
      <p class="lead">${t("sale.lead")}</p>
      ${this.found.show((found) => (found ? this.present(found, me) : empty(t("noPlatform"))))}`;
  }

  private present(found: Found, me: string | undefined): TemplateResult {
    const { terms, sold } = found;
    const all = sold.reduce((sum, one) => sum + one, 0n);
    const open = terms.opens <= this.now && this.now < terms.closes;
    const state = found.succeeded ? "succeeded" : found.failed ? "failed" : open ? "open" : "upcoming";
    const time = deadline(state === "upcoming" ? terms.opens : terms.closes, this.now);
    const cap = terms.caps[0] + terms.caps[1];
    return html`
      <div class="two">
        <section class="card"><h2>${t("deal.state")}</h2><p>${t(`sale.${state}`, { time })}</p>
          <p>${t("sale.sold", { sold: exact(all, 18), cap: exact(cap, 18) })} ${amount(found.raised, { unit: "ETH" })}</p></section>
        <section class="card"><h2>${t("deal.ifNobody")}</h2><p>${t(`sale.${state}.then`, { least: exact(terms.softCap, 18) })}</p></section>
      </div>
      ${found.mine && (found.mine.paid || found.mine.bought) ? this.mine(found, found.mine, me!) : nothing}
      ${open ? (me ? this.buy(found, me) : needsAccount(t("use.needsAccount"))) : nothing}
      ${facts([
        [t("contract"), address(found.at, { full: true })],
        [t("sale.price"), t("sale.price.is", { n: exact(terms.mzPerYuan, 18) })],
        [t("sale.now"), found.perEther === null ? t("sale.stale") : html`${amount(found.perEther)}`],
        ...TRANCHES.map((key, i) => [t(key), t("sale.of", { sold: exact(sold[i]!, 18), cap: exact(terms.caps[i]!, 18) })] as const),
      ])}`;
  }

  private mine(found: Found, mine: NonNullable<Found["mine"]>, me: string): TemplateResult {
    const act = found.succeeded ? "claim" : found.failed ? "refund" : null;
    return html`<section class="card" id="mine"><h2>${t("sale.mine")}</h2>
      <p>${t("sale.mine.is", { paid: exact(mine.paid, 18), bought: exact(mine.bought, 18) })}</p>
      ${act
        ? html`<p><button type="button" class="primary" id=${act} @click=${() => void this.send({ sentence: t(`sale.${act}.sentence`), act: t(`sale.${act}`), to: found.at, data: encodeFunctionData({ abi: SALE, functionName: act, args: [me as `0x${string}`] }) })}>${t(`sale.${act}`)}</button></p>`
        : html`<p class="quiet">${t("sale.mine.waits", { time: deadline(found.terms.closes, this.now) })}</p>`}
    </section>`;
  }

  private buy(found: Found, me: string): TemplateResult {
    if (found.perEther === null) return html`<section class="card"><h2>${t("sale.buy")}</h2><p>${t("sale.stale")}</p></section>`;
    const typed = parseAmount(this.form.amount.replace(/ETH\s*$/i, ""), 18);
    const gets = "raw" in typed ? (typed.raw * found.perEther) / ETHER : 0n;
    return html`<form class="card" id="buy" @submit=${(event: SubmitEvent) => void this.submit(event, found, me)}>
      <h2>${t("sale.buy")}</h2>
      <div class="row">
        <div class="field"><label for="ether">${t("amount")} (ETH)</label>
          <input id="ether" inputmode="decimal" autocomplete="off" aria-describedby="ether-help" .value=${this.form.amount} @input=${(event: InputEvent) => this.set({ amount: (event.target as HTMLInputElement).value })} /></div>
        <div class="field"><label for="tranche">${t("sale.tranche")}</label>
          <select id="tranche" @change=${(event: Event) => this.set({ tranche: Number((event.target as HTMLSelectElement).value) })}>${TRANCHES.map((key, i) => html`<option value=${i} ?selected=${i === this.form.tranche}>${t(key)}</option>`)}</select></div>
      </div>
      <p class="quiet" id="ether-help">${gets ? html`${t("sale.gives")} ${amount(gets)}.` : nothing} ${t("sale.later")}</p>
      ${this.wrong ? html`<p class="bad" role="alert">${this.wrong}</p>` : nothing}
      <p><button type="submit" class="primary">${t("review")}</button></p>
    </form>`;
  }

  private set(change: Partial<Sale["form"]>): void {
    this.form = { ...this.form, ...change };
    this.wrong = "";
    this.requestUpdate();
  }

  private async submit(event: SubmitEvent, found: Found, me: string): Promise<void> {
    event.preventDefault();
    const typed = parseAmount(this.form.amount.replace(/ETH\s*$/i, ""), 18);
    const value = "raw" in typed ? typed.raw : 0n;
    const have = BigInt(await rpc<string>("eth_getBalance", [me, "latest"]));
    if (!value) this.wrong = t("wrong.amount");
    else if (have < value) this.wrong = t("send.short", { have: exact(have, 18), need: exact(value, 18), miss: exact(value - have, 18), coin: "ETH" });
    this.requestUpdate();
    if (this.wrong) return;
    const least = (((value * found.perEther!) / ETHER) * SLACK) / 100n;
    const text = `${exact(value, 18)} ETH`;
    await this.send({
      sentence: t("sale.buy.sentence", { amount: text, least: exact(least, 18) }),
      act: t("pay.act", { amount: text }),
      to: found.at,
      value,
      data: encodeFunctionData({ abi: SALE, functionName: "buy", args: [this.form.tranche, least] }),
      more: html`<p>${t("sale.open.then", { least: exact(found.terms.softCap, 18) })}</p>`,
    });
    this.form = { ...this.form, amount: "" };
  }

  private async send(plan: { sentence: string; act: string; to: string; data: `0x${string}`; value?: bigint; more?: unknown }): Promise<void> {
    const { propose, Rejected } = await import("../wallet/preview");
    await propose(plan).catch((problem: Error) => {
      if (!(problem instanceof Rejected)) this.wrong = problem.message;
    });
    this.turn++;
    this.requestUpdate();
  }
}
customElements.define("mz-sale", Sale);

async function find(me: string | undefined): Promise<Found | null> {
  const at = (await platform())?.["sale"];
  if (!at) return null;
  const [terms, raised, succeeded, failed, perEther, mine, ...sold] = await Promise.all([
    read(at, SALE, "terms"),
    read(at, SALE, "raised"),
    read(at, SALE, "succeeded"),
    read(at, SALE, "failed"),
    ask(at, SALE, "quote", [ETHER]),
    me ? read(at, SALE, "purchaseOf", [me]) : null,
    ...TRANCHES.map((_, i) => read(at, SALE, "soldOf", [i])),
  ]);
  return { at, terms, sold, raised, succeeded, failed, perEther, mine };
}
