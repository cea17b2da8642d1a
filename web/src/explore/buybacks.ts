/** `/buybacks`: is the promise kept? What is there to buy with, every round, and what vault and auditor have said. */

import { encodeFunctionData } from "viem";
import { html, nothing, type TemplateResult } from "lit";
import { BUYBACK, MZ } from "../net/abi";
import { ask, read } from "../net/contract";
import { platform, type EventItem } from "../net/data";
import { rpc } from "../net/node";
import { link } from "../route";
import { address, txLink } from "../show/address";
import { amount } from "../show/amount";
import { list, type Column } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { absolute, ago, deadline } from "../show/time";
import { account } from "../wallet/account";
import { t } from "../words";
import { burnedIn, decoded, eventsOf, PRICE_SCALE, roundsOf, type Filled, type Round } from "./rounds";
import { tokenAmount } from "./tokens";

const ETHER = "0x0000000000000000000000000000000000000000";

interface Purse {
  currency: string;
  here: bigint;
  minimum: bigint;
  price: bigint | null; // of one MZ now; null while nothing is offered
}

interface Found {
  at: string;
  next: number;
  late: readonly [round: boolean, report: boolean, record: boolean];
  ended: boolean;
  purses: Purse[];
  rounds: Round[];
}

class Buybacks extends Screen {
  private found: Part<Found | null> = this.loads();

  protected override render(): unknown {
    this.found.want(this.at, found);
    return html`${heading(t("buybacks"), html`<span class="spring"></span>${link("/burns", t("nav.burns"))} ${link("/economy", t("economy"))}`)}
    <p class="lead">${t("buybacks.lead")}</p>
    ${this.found.show((found) => (found ? this.present(found) : empty(t("buybacks.absent"), link("/burns", t("nav.burns")))))}`;
  }

  private present(found: Found): TemplateResult {
    const latest = found.rounds[0];
    const due = !found.ended && found.next <= this.now;
    return html`
      ${facts([
        [t("contract"), address(found.at, { full: true })],
        [t("buybacks.destroyed"), html`<span class="burned">${amount(burnedIn(found.rounds), { places: -1 })}</span>`],
        [t("buybacks.latest"), latest ? html`${link(`/buyback/${latest.number}`, t("buyback.title", { n: latest.number }))} <span class="quiet">${this.standing(latest)}</span>` : t("buybacks.noRound")],
        [t("buybacks.next"), found.ended ? t("buybacks.ended") : due ? t("buybacks.due", { time: absolute(found.next) }) : deadline(found.next, this.now)],
        [t("buybacks.overdue"), this.late(found.late)],
      ])}
      ${due && account() ? html`<p><button type="button" id="open-round" class="primary" @click=${() => void open(found.at)}>${t("buybacks.open")}</button></p>` : nothing}
      <section class="tight"><h2>${t("buybacks.purse")}</h2>
        <div class="scroll" tabindex="0"><table class="rows">
          <caption class="sr">${t("buybacks.purse")}</caption>
          <thead><tr><th scope="col">${t("token")}</th><th scope="col" class="right">${t("buybacks.here")}</th><th scope="col" class="right">${t("buybacks.minimum")}</th><th scope="col" class="right">${t("buybacks.price")}</th></tr></thead>
          <tbody>${found.purses.map((one) => html`<tr>
            <td data-label=${t("token")}><mz-token-name .address=${one.currency}></mz-token-name></td>
            <td data-label=${t("buybacks.here")} class="right">${tokenAmount(one.currency, one.here)}</td>
            <td data-label=${t("buybacks.minimum")} class="right">${tokenAmount(one.currency, one.minimum)}</td>
            <td data-label=${t("buybacks.price")} class="right">${one.price === null ? t("buybacks.notOffered") : link(`/buyback/${latest?.number}`, priced(one.currency, one.price))}</td></tr>`)}</tbody></table></div>
      </section>
      <section class="tight"><h2>${t("buybacks.rounds")}</h2>${found.rounds.length ? this.rounds(found.rounds) : empty(t("buybacks.noneYet"))}</section>
      <section class="tight"><h2>${t("buybacks.sales")}</h2>
        ${list<Filled>({ list: "buybacks", name: t("buybacks.sales"), route: this.route, given: { round: this.query("round") }, none: t("buybacks.none"), columns: sales(true) })}</section>
      <section class="tight"><h2>${t("buybacks.reports")}</h2><p class="quiet">${t("buybacks.reports.more")}</p>
        ${list<EventItem>({ list: "events", name: t("buybacks.reports"), route: this.route, cursor: "reports", limit: 10, given: eventsOf(found.at, "ProfitDeclared"), none: t("buybacks.noReport"), columns: reports() })}</section>
      <section class="tight"><h2>${t("buybacks.records")}</h2><p class="quiet">${t("buybacks.records.more")}</p>
        ${list<EventItem>({ list: "events", name: t("buybacks.records"), route: this.route, cursor: "records", limit: 10, given: eventsOf(found.at, "Attested"), none: t("buybacks.noRecord"), columns: records() })}</section>`;
  }

  private standing(round: Round): string {
    return round.closes >= this.now ? t("buyback.until", { time: deadline(round.closes, this.now) }) : t("buyback.over", { time: absolute(round.closes) });
  }

  private rounds(rounds: Round[]): TemplateResult {
    const each = (round: Round, what: "budget" | "spent"): TemplateResult[] => round.lots.map((lot) => html`<div>${tokenAmount(lot.currency, lot[what])}</div>`);
    return html`<div class="scroll" tabindex="0"><table class="rows" id="rounds">
      <caption class="sr">${t("buybacks.rounds")}</caption>
      <thead><tr><th scope="col">${t("buybacks.round")}</th><th scope="col">${t("buyback.opened")}</th><th scope="col" class="right">${t("buybacks.budget")}</th><th scope="col" class="right">${t("buybacks.spent")}</th><th scope="col" class="right">${t("destroyed")}</th></tr></thead>
      <tbody>${rounds.map((round) => html`<tr>
        <td data-label=${t("buybacks.round")}>${link(`/buyback/${round.number}`, round.number)}</td>
        <td data-label=${t("buyback.opened")}>${absolute(round.opened)}</td>
        <td data-label=${t("buybacks.budget")} class="right">${each(round, "budget")}</td>
        <td data-label=${t("buybacks.spent")} class="right">${each(round, "spent")}</td>
        <td data-label=${t("destroyed")} class="right"><span class="burned">${amount(burnedIn([round]))}</span></td></tr>`)}</tbody></table></div>`;
  }

  private late([round, report, record]: Found["late"]): unknown {
    const said = [round && t("buybacks.late.round"), report && t("buybacks.late.report"), record && t("buybacks.late.record")].filter(Boolean);
    return said.length ? html`<strong class="bad">${said.join(" · ")}</strong>` : t("no");
  }
}
customElements.define("mz-buybacks", Buybacks);

const DIGITS = 4; // that are told of a price

/** Of one MZ: in ether it begins with many zeros. */
export function priced(currency: string, price: bigint): TemplateResult {
  const raw = price / PRICE_SCALE;
  return tokenAmount(currency, raw, { places: Math.max(2, 18 + DIGITS - raw.toString().length) });
}

/** Sales to the buyback, as rows; the round's own page does not repeat its number. */
export const sales = (round: boolean): Column<Filled>[] => [
  { label: t("tx"), cell: (one) => txLink(one.tx) },
  { label: t("age"), cell: (one) => ago(one.timestamp) },
  ...(round ? [{ label: t("buybacks.round"), number: true, cell: (one: Filled) => link(`/buyback/${one.round}`, one.round) }] : []),
  { label: t("seller"), cell: (one) => address(one.seller) },
  { label: t("buyback.perMZ"), number: true, cell: (one) => priced(one.currency, BigInt(one.price)) },
  { label: t("paid"), number: true, cell: (one) => tokenAmount(one.currency, BigInt(one.paid)) },
  { label: t("destroyed"), number: true, cell: (one) => html`<span class="burned">${amount(one.burned)}</span>` },
];

const digest = (value: string): TemplateResult => html`<span class="mono wrap">${value}</span>`;

const reports = (): Column<EventItem>[] => [
  { label: t("tx"), cell: (one) => txLink(one.tx) },
  { label: t("age"), cell: (one) => ago(one.timestamp) },
  { label: t("buybacks.revenue"), number: true, cell: (one) => told(one, "revenue") },
  { label: t("buybacks.cost"), number: true, cell: (one) => told(one, "cost") },
  { label: t("buybacks.added"), number: true, cell: (one) => told(one, "added") },
  { label: t("buybacks.hash"), cell: (one) => digest(decoded("ProfitDeclared", one).report) },
];

function told(item: EventItem, what: "revenue" | "cost" | "added"): TemplateResult {
  const said = decoded("ProfitDeclared", item);
  return tokenAmount(said.currency, said[what]);
}

const records = (): Column<EventItem>[] => [
  { label: t("tx"), cell: (one) => txLink(one.tx) },
  { label: t("age"), cell: (one) => ago(one.timestamp) },
  { label: t("buybacks.hash"), cell: (one) => digest(decoded("Attested", one).record) },
];

async function open(at: string): Promise<void> {
  const { propose } = await import("../wallet/preview");
  const data = encodeFunctionData({ abi: BUYBACK, functionName: "open" });
  await propose({ sentence: t("buybacks.open.sentence"), act: t("buybacks.open"), to: at, data }).catch(() => undefined);
}

async function found(): Promise<Found | null> {
  const at = (await platform())?.["buyback"];
  if (!at) return null;
  const [[, , next], late, ended, currencies, rounds] = await Promise.all([
    read(at, BUYBACK, "latestRound"),
    read(at, BUYBACK, "overdue"),
    read(at, BUYBACK, "ended"),
    read(at, BUYBACK, "currencies"),
    roundsOf(at),
  ]);
  const purses = await Promise.all(
    currencies.map(async ({ token, minimum }) => {
      const [here, price] = await Promise.all([
        token === ETHER ? rpc<string>("eth_getBalance", [at, "latest"]).then(BigInt) : ask(token, MZ, "balanceOf", [at]),
        ask(at, BUYBACK, "priceOf", [token]),
      ]);
      return { currency: token, here: here ?? 0n, minimum, price };
    }),
  );
  return { at, next: Number(next), late, ended, purses, rounds };
}
