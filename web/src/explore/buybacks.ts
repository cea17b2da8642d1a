/** `/buybacks`: is the promise kept? Rounds, lots and purchases as the contract tells them. */

import { html, nothing } from "lit";
import { BUYBACK } from "../net/abi";
import { ask, read } from "../net/contract";
import { platform } from "../net/data";
import { link } from "../route";
import { address, txLink } from "../show/address";
import { amount } from "../show/amount";
import { list } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { absolute, ago, deadline } from "../show/time";
import { t } from "../words";
import { tokenAmount } from "./tokens";

interface Filled {
  tx: string;
  timestamp: number;
  round: number;
  currency: string;
  seller: string;
  burned: string;
  paid: string;
  price: string;
}

interface Lot {
  currency: string;
  budget: bigint;
  spent: bigint;
  bought: bigint;
  round: number;
  price: bigint | null; // of one MZ now; null while nothing is offered
}

interface Found {
  at: string;
  round: number;
  opened: number;
  next: number;
  late: readonly [round: boolean, report: boolean, record: boolean];
  ended: boolean;
  lots: Lot[];
}

const PRICE_SCALE = 10n ** 9n; // the contract's prices are times this

class Buybacks extends Screen {
  private found: Part<Found | null> = this.loads();

  protected override render(): unknown {
    this.found.want(this.at, found);
    return html`${heading(t("buybacks"), html`<span class="spring"></span>${link("/burns", t("nav.burns"))}`)}
    <p class="lead">${t("buybacks.lead")}</p>
    ${this.found.show((found) =>
      found
        ? html`${facts([
              [t("contract"), address(found.at, { full: true })],
              [t("buybacks.round"), found.round ? html`${found.round} <span class="quiet">${absolute(found.opened)}</span>` : t("buybacks.noRound")],
              [t("buybacks.next"), found.ended ? t("buybacks.ended") : deadline(found.next, this.now)],
              [t("buybacks.overdue"), this.late(found.late)],
            ])}
            ${found.lots.length ? html`<section class="tight"><h2>${t("buybacks.lots")}</h2><div class="scroll" tabindex="0"><table class="rows">
              <caption class="sr">${t("buybacks.lots")}</caption>
              <thead><tr><th scope="col">${t("token")}</th><th scope="col" class="right">${t("buybacks.round")}</th><th scope="col" class="right">${t("buybacks.budget")}</th><th scope="col" class="right">${t("buybacks.spent")}</th><th scope="col" class="right">${t("destroyed")}</th><th scope="col" class="right">${t("buybacks.price")}</th></tr></thead>
              <tbody>${found.lots.map((lot) => html`<tr>
                <td data-label=${t("token")}><mz-token-name .address=${lot.currency}></mz-token-name></td>
                <td data-label=${t("buybacks.round")} class="right">${lot.round || "—"}</td>
                <td data-label=${t("buybacks.budget")} class="right">${tokenAmount(lot.currency, lot.budget)}</td>
                <td data-label=${t("buybacks.spent")} class="right">${tokenAmount(lot.currency, lot.spent)}</td>
                <td data-label=${t("destroyed")} class="right"><span class="burned">${amount(lot.bought)}</span></td>
                <td data-label=${t("buybacks.price")} class="right">${lot.price === null ? t("buybacks.notOffered") : tokenAmount(lot.currency, lot.price / PRICE_SCALE)}</td></tr>`)}</tbody></table></div>
              <p class="quiet">${t("buybacks.sell")} ${link(`/address/${found.at}?view=write`, t("write"))}</p></section>` : nothing}
            ${list<Filled>({
              list: "buybacks",
              name: t("buybacks"),
              route: this.route,
              given: { round: this.query("round") },
              none: t("buybacks.none"),
              columns: [
                { label: t("tx"), cell: (one) => txLink(one.tx) },
                { label: t("age"), cell: (one) => ago(one.timestamp) },
                { label: t("buybacks.round"), number: true, cell: (one) => one.round },
                { label: t("seller"), cell: (one) => address(one.seller) },
                { label: t("paid"), number: true, cell: (one) => tokenAmount(one.currency, BigInt(one.paid)) },
                { label: t("destroyed"), number: true, cell: (one) => html`<span class="burned">${amount(one.burned)}</span>` },
              ],
            })}`
        : empty(t("buybacks.absent"), link("/burns", t("nav.burns"))),
    )}`;
  }

  private late([round, report, record]: Found["late"]): unknown {
    const said = [round && t("buybacks.late.round"), report && t("buybacks.late.report"), record && t("buybacks.late.record")].filter(Boolean);
    return said.length ? html`<strong class="bad">${said.join(" · ")}</strong>` : t("no");
  }
}
customElements.define("mz-buybacks", Buybacks);

async function found(): Promise<Found | null> {
  const at = (await platform())?.["buyback"];
  if (!at) return null;
  const [[round, opened, next], late, ended, currencies] = await Promise.all([
    read(at, BUYBACK, "latestRound"),
    read(at, BUYBACK, "overdue"),
    read(at, BUYBACK, "ended"),
    read(at, BUYBACK, "currencies"),
  ]);
  const lots = await Promise.all(
    currencies.map(async ({ token }) => {
      const [lot, price] = await Promise.all([read(at, BUYBACK, "lotOf", [token]), ask(at, BUYBACK, "priceOf", [token])]);
      return { currency: token, budget: lot.budget, spent: lot.spent, bought: lot.bought, round: lot.round, price };
    }),
  );
  return { at, round: Number(round), opened: Number(opened), next: Number(next), late, ended, lots };
}
