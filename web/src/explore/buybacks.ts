/** `/buybacks`: is the promise kept? Rounds, lots and purchases as the contract tells them. */

import { html, nothing } from "lit";
import { parseAbi } from "viem";
import { ask } from "../net/contract";
import { data, platform, type Page } from "../net/data";
import { link } from "../route";
import { address, txLink } from "../show/address";
import { amount } from "../show/amount";
import { list } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { absolute, ago, deadline } from "../show/time";
import { t } from "../words";
import { tokenAmount } from "./tokens";

const BUYBACK = parseAbi([
  "function round() view returns (uint256)",
  "function overdue() view returns (bool)",
  "function nextOpening() view returns (uint256)",
  "function totalBurned() view returns (uint256)",
]);

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

class Buybacks extends Screen {
  private found: Part<{ at: string; overdue: boolean | null; round: bigint | null; next: bigint | null; fills: Page<Filled> } | null> = this.loads();

  protected override render(): unknown {
    this.found.want(this.at, async () => {
      const at = (await platform())?.["buyback"];
      if (!at) return null;
      const [overdue, round, next, fills] = await Promise.all([
        ask(at, BUYBACK, "overdue"),
        ask(at, BUYBACK, "round"),
        ask(at, BUYBACK, "nextOpening"),
        data<Page<Filled>>("buybacks", { limit: 1 }),
      ]);
      return { at, overdue, round, next, fills };
    });
    return html`${heading(t("buybacks"), html`<span class="spring"></span>${link("/burns", t("nav.burns"))}`)}
    <p class="lead">${t("buybacks.lead")}</p>
    ${this.found.show((found) =>
      found
        ? html`${facts([
              [t("contract"), address(found.at, { full: true })],
              found.round !== null && [t("buybacks.round"), String(found.round)],
              found.next !== null && [t("buybacks.next"), deadline(Number(found.next), this.now)],
              found.overdue !== null && [t("buybacks.overdue"), found.overdue ? html`<strong class="bad">${t("yes")}</strong>` : t("no")],
              [t("buybacks.last"), found.fills.items[0] ? absolute(found.fills.items[0].timestamp) : "—"],
            ])}
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
    )}${nothing}`;
  }
}
customElements.define("mz-buybacks", Buybacks);
