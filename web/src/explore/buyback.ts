/** `/buyback/:n`: one round of the buyback: what was offered, what is paid for MZ now, who sold, how much burned. */

import { encodeFunctionData } from "viem";
import { html, nothing, type TemplateResult } from "lit";
import { BUYBACK, MZ } from "../net/abi";
import { ask, read } from "../net/contract";
import { platform } from "../net/data";
import { link } from "../route";
import { txLink } from "../show/address";
import { amount, exact, parseAmount } from "../show/amount";
import { list } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { absolute, deadline } from "../show/time";
import { account } from "../wallet/account";
import { t } from "../words";
import { priced, sales } from "./buybacks";
import { besides, burnedIn, PRICE_SCALE, roundsOf, type Filled, type Lot, type Round } from "./rounds";
import { tokenAmount } from "./tokens";

const PRICE_UNIT = 10n ** 18n * PRICE_SCALE; // wei of MZ times a price, divided by this, is what is paid
const SMALLEST_PART = 100n; // a sale is at least this part of its lot, or the rest

interface Found {
  at: string;
  round: Round | null;
  next: number; // when the round after the latest may be opened
  /** Of one MZ now, by currency: only of the round whose auction runs. */
  prices: Map<string, bigint>;
}

class Buyback extends Screen {
  private found: Part<Found | null> = this.loads();
  private form = { amount: "", currency: "" };
  private wrong = "";

  protected override render(): unknown {
    const number = Number(this.route.parts[1] ?? "");
    const steps = html`<span class="spring"></span>${number > 1 ? link(`/buyback/${number - 1}`, `← ${t("buyback.title", { n: number - 1 })}`) : nothing} ${link("/buybacks", t("buybacks"))}`;
    if (!Number.isInteger(number) || number < 1 || number > 255) return html`${heading(t("buyback"), steps)}${empty(t("buyback.wrong"))}`;
    this.found.want(this.at && `${number} ${this.at}`, () => find(number));
    return html`${heading(t("buyback.title", { n: number }), steps)}
    ${this.found.show((found) => {
      if (!found) return empty(t("buybacks.absent"));
      if (!found.round) return empty(t("buyback.notYet", { time: deadline(found.next, this.now) }), link("/buybacks", t("buybacks")));
      return this.present(found, found.round);
    })}`;
  }

  private present(found: Found, round: Round): TemplateResult {
    const running = found.prices.size > 0;
    return html`
      <p class="lead">${running ? t("buyback.running") : t("buyback.finished")}</p>
      ${facts([
        [t("buyback.opened"), html`${absolute(round.opened)} ${txLink(round.tx)}`],
        [t("buyback.closes"), deadline(round.closes, this.now)],
        [t("destroyed"), html`<span class="burned">${amount(burnedIn([round]), { places: -1 })}</span>`],
      ])}
      <section class="tight"><h2>${t("buybacks.lots")}</h2>
        <div class="scroll" tabindex="0"><table class="rows" id="lots">
          <caption class="sr">${t("buybacks.lots")}</caption>
          <thead><tr><th scope="col">${t("token")}</th><th scope="col" class="right">${t("buybacks.budget")}</th><th scope="col" class="right">${t("buybacks.spent")}</th><th scope="col" class="right">${t("destroyed")}</th><th scope="col" class="right">${t("buyback.reference")}</th><th scope="col" class="right">${t("buyback.perMZ")}</th>${running ? html`<th scope="col" class="right">${t("buybacks.price")}</th>` : nothing}</tr></thead>
          <tbody>${round.lots.map((lot) => this.lot(lot, running, found.prices.get(lot.currency)))}</tbody></table></div>
        ${round.waits.map((one) => html`<p class="quiet"><mz-token-name .address=${one.currency}></mz-token-name> ${t("buyback.waits")} ${tokenAmount(one.currency, one.balance)}</p>`)}
        <p class="quiet">${t("buyback.rule")}</p>
      </section>
      ${running ? this.sell(found, round) : nothing}
      <section class="tight"><h2>${t("buybacks.sales")}</h2>
        ${list<Filled>({ list: "buybacks", name: t("buybacks.sales"), route: this.route, given: { round: round.number }, none: t("buybacks.none"), columns: sales(false) })}</section>`;
  }

  private lot(lot: Lot, running: boolean, price: bigint | undefined): TemplateResult {
    const shown = (price: bigint): TemplateResult => priced(lot.currency, price);
    const paid = lot.lowest === null || lot.highest === null ? "—" : lot.lowest === lot.highest ? shown(lot.lowest) : html`${shown(lot.lowest)} – ${shown(lot.highest)}`;
    return html`<tr>
      <td data-label=${t("token")}><mz-token-name .address=${lot.currency}></mz-token-name></td>
      <td data-label=${t("buybacks.budget")} class="right">${tokenAmount(lot.currency, lot.budget)}</td>
      <td data-label=${t("buybacks.spent")} class="right">${tokenAmount(lot.currency, lot.spent)}</td>
      <td data-label=${t("destroyed")} class="right"><span class="burned">${amount(lot.bought)}</span></td>
      <td data-label=${t("buyback.reference")} class="right">${shown(lot.anchor)}</td>
      <td data-label=${t("buyback.perMZ")} class="right">${paid}</td>
      ${running ? html`<td data-label=${t("buybacks.price")} class="right">${price === undefined ? "—" : lot.spent === lot.budget ? t("buyback.soldOut") : html`${shown(price)} <span class="quiet">${t("buyback.ofReference", { n: besides(price, lot.anchor) })}</span>`}</td>` : nothing}</tr>`;
  }

  // --- selling ---------------------------------------------------------------------------------------------------------

  private sell(found: Found, round: Round): TemplateResult {
    const open = round.lots.filter((lot) => lot.spent < lot.budget && found.prices.has(lot.currency));
    const [first] = open;
    if (!first) return html``;
    const lot = open.find((one) => one.currency === this.form.currency) ?? first;
    const typed = parseAmount(this.form.amount.replace(/MZ\s*$/i, ""), 18);
    const gives = "raw" in typed ? worth(typed.raw, lot, found.prices.get(lot.currency)!) : null;
    return html`<section class="card"><h2>${t("buyback.sell")}</h2>
      ${account()
        ? html`<form @submit=${(event: SubmitEvent) => void this.submit(event, found, round, lot)}>
            <div class="row">
              <div class="field"><label for="sell">${t("amount")} (MZ)</label>
                <input id="sell" inputmode="decimal" autocomplete="off" .value=${this.form.amount} @input=${(event: InputEvent) => this.set({ amount: (event.target as HTMLInputElement).value })} aria-describedby="sell-help" /></div>
              ${open.length > 1
                ? html`<div class="field"><label for="for">${t("token")}</label><select id="for" .value=${lot.currency} @change=${(event: Event) => this.set({ currency: (event.target as HTMLSelectElement).value })}>
                    ${open.map((one) => html`<option value=${one.currency}>${one.currency}</option>`)}</select></div>`
                : nothing}
            </div>
            <p class="quiet" id="sell-help">${t("buyback.least")} ${tokenAmount(lot.currency, least(lot))}${gives ? html` · ${t("buyback.gives")} ${tokenAmount(lot.currency, gives)}` : nothing}</p>
            ${this.wrong ? html`<p class="bad" role="alert">${this.wrong}</p>` : nothing}
            <p><button type="submit" class="primary">${t("review")}</button></p>
          </form>`
        : html`<p>${t("preview.noAccount")} ${link("/wallet", t("connect"), "button")}</p>`}
    </section>`;
  }

  private set(change: Partial<Buyback["form"]>): void {
    this.form = { ...this.form, ...change };
    this.wrong = "";
    this.requestUpdate();
  }

  private async submit(event: SubmitEvent, found: Found, round: Round, lot: Lot): Promise<void> {
    event.preventDefault();
    const me = account()?.address;
    const typed = parseAmount(this.form.amount.replace(/MZ\s*$/i, ""), 18);
    if (!me) return;
    try {
      if (!("raw" in typed) || !typed.raw) throw new Error(t("wrong.amount"));
      const raw = typed.raw;
      const gives = worth(raw, lot, found.prices.get(lot.currency)!);
      if (gives < least(lot)) throw new Error(t("buyback.tooLittle"));
      const { propose, Rejected } = await import("../wallet/preview");
      const mz = (await platform())!["mz"]!;
      const have = await read(mz, MZ, "balanceOf", [me]);
      if (have < raw) throw new Error(t("send.short", { have: exact(have, 18), need: exact(raw, 18), miss: exact(raw - have, 18), coin: "MZ" }));
      const text = `${exact(raw, 18)} MZ`;
      try {
        if (((await ask(mz, MZ, "allowance", [me, found.at])) ?? 0n) < raw) {
          const data = encodeFunctionData({ abi: MZ, functionName: "approve", args: [found.at as `0x${string}`, raw] });
          await propose({ sentence: t("buyback.allow.sentence", { amount: text }), act: t("allow.act", { amount: text }), to: mz, data });
        }
        // The price only rises: less than it is worth now can only mean that others took the rest, and then nothing is sold.
        const args = [lot.currency as `0x${string}`, raw, gives, BigInt(round.closes)] as const;
        const data = encodeFunctionData({ abi: BUYBACK, functionName: "fill", args });
        await propose({ sentence: t("buyback.sell.sentence", { amount: text }), act: t("buyback.sell.act", { amount: text }), to: found.at, data });
        this.form = { ...this.form, amount: "" };
      } catch (problem) {
        if (!(problem instanceof Rejected)) throw problem;
      }
    } catch (problem) {
      this.wrong = (problem as Error).message;
    }
    this.requestUpdate();
  }
}
customElements.define("mz-buyback", Buyback);

/** What so many wei of MZ bring now: never more than the rest of the lot. */
function worth(raw: bigint, lot: Lot, price: bigint): bigint {
  const paid = (raw * price) / PRICE_UNIT;
  const rest = lot.budget - lot.spent;
  return paid < rest ? paid : rest;
}

function least(lot: Lot): bigint {
  const part = (lot.budget + SMALLEST_PART - 1n) / SMALLEST_PART;
  const rest = lot.budget - lot.spent;
  return part < rest ? part : rest;
}

async function find(number: number): Promise<Found | null> {
  const at = (await platform())?.["buyback"];
  if (!at) return null;
  const [[latest, , next], rounds] = await Promise.all([read(at, BUYBACK, "latestRound"), roundsOf(at, number)]);
  const round = rounds[0] ?? null;
  const prices = new Map<string, bigint>();
  if (round && BigInt(latest) === BigInt(number)) {
    await Promise.all(
      round.lots.map(async ({ currency }) => {
        const price = await ask(at, BUYBACK, "priceOf", [currency]);
        if (price !== null) prices.set(currency, price);
      }),
    );
  }
  return { at, round, next: Number(next), prices };
}
