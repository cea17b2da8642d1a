/** Prices in yuan and what hangs on them: the feed's answer with its age, who reported, both prices of MZ, and what the
 * funds raised are used for. */

import { html, nothing, type TemplateResult } from "lit";
import { BUYBACK, FEED, FUND_USE, SALE } from "../net/abi";
import { ask, read } from "../net/contract";
import { platform } from "../net/data";
import { link } from "../route";
import { address } from "../show/address";
import { amount } from "../show/amount";
import { facts, Part, Screen } from "../show/screen";
import { ago, deadline } from "../show/time";
import { t } from "../words";
import { priced } from "./buybacks";

const ETHER = "0x0000000000000000000000000000000000000000";
const YUAN = 10n ** 18n;
const USES = ["use.technology", "use.promotion", "use.distribution", "use.reserve"] as const; // in the order of the contract

interface Found {
  price: { raw: bigint; updated: number; until: number } | null;
  reports: { reporter: string; price: bigint; seen: number }[];
  mzPerYuan: bigint | null;
  anchor: bigint | null; // of the latest lot in ether; null before the first
  uses: { due: bigint; recipient: string }[];
}

class Prices extends Screen {
  private found: Part<Found | null> = this.loads();

  protected override render(): unknown {
    this.found.want(this.at, find);
    return this.found.show((found) => (found ? this.present(found) : nothing), 4);
  }

  private present({ price, reports, mzPerYuan, anchor, uses }: Found): TemplateResult {
    const fresh = price !== null && price.until >= this.now;
    return html`<section class="tight"><h2>${t("prices")}</h2>
      ${facts([
        [t("prices.ether"), price ? html`${amount(price.raw, { unit: t("prices.yuan"), places: 2 })} <span class="quiet">${ago(price.updated)} · ${fresh ? t("prices.until", { time: deadline(price.until, this.now) }) : t("prices.stale")}</span>` : t("prices.none")],
        mzPerYuan !== null && [t("prices.sale"), html`${amount((YUAN * YUAN) / mzPerYuan, { unit: t("prices.yuan"), places: 2 })} <span class="quiet">${t("prices.sale.is")}</span> ${link("/sale", t("sale"))}`],
        [t("prices.anchor"), html`${anchor ? priced(ETHER, anchor) : t("prices.noAnchor")} <span class="quiet">${t("prices.anchor.is")}</span> ${link("/buybacks", t("buybacks"))}`],
      ])}
      <p class="quiet">${t("prices.needs")}</p>
      ${reports.length
        ? html`<details><summary>${t("prices.reporters", { n: reports.length })}</summary><div class="scroll" tabindex="0"><table class="rows">
            <thead><tr><th scope="col">${t("prices.reporter")}</th><th scope="col" class="right">${t("prices.said")}</th><th scope="col">${t("age")}</th></tr></thead>
            <tbody>${reports.map((one) => html`<tr><td data-label=${t("prices.reporter")}>${address(one.reporter)}</td>
              <td data-label=${t("prices.said")} class="right">${one.seen ? amount(one.price, { unit: t("prices.yuan"), places: 2 }) : "—"}</td>
              <td data-label=${t("age")}>${one.seen ? ago(one.seen) : t("prices.never")}</td></tr>`)}</tbody></table></div></details>`
        : nothing}</section>
    ${uses.length
      ? html`<section class="tight"><h2>${t("uses")}</h2><p class="quiet">${t("uses.is")}</p>
          ${facts(uses.map((one, i) => [t(USES[i]!), html`${t("uses.waits")} ${amount(one.due, { unit: "ETH" })} → ${address(one.recipient)}`] as const))}</section>`
      : nothing}`;
  }
}
customElements.define("mz-prices", Prices);

async function find(): Promise<Found | null> {
  const where = await platform();
  const [feed, sale, buyback, fund] = [where?.["feed"], where?.["sale"], where?.["buyback"], where?.["fund_use"]];
  if (!feed) return null;
  const [answer, reporters, terms, lot, uses] = await Promise.all([
    ask(feed, FEED, "latest", [ETHER]),
    ask(feed, FEED, "reporters"),
    sale ? ask(sale, SALE, "terms") : null,
    buyback ? ask(buyback, BUYBACK, "lotOf", [ETHER]) : null,
    fund
      ? Promise.all(USES.map(async (_, i) => ({ due: await read(fund, FUND_USE, "due", [i]), recipient: await read(fund, FUND_USE, "recipientOf", [i]) })))
      : [],
  ]);
  const reports = await Promise.all(
    (reporters ?? []).map(async (reporter) => {
      const said = await ask(feed, FEED, "reportOf", [ETHER, reporter]);
      return { reporter, price: said?.[0] ?? 0n, seen: Number(said?.[1] ?? 0) };
    }),
  );
  const price = answer && answer[0] ? { raw: answer[1].price, updated: answer[1].updatedAt, until: answer[1].freshUntil } : null;
  return { price, reports, mzPerYuan: terms?.mzPerYuan ?? null, anchor: lot?.anchor || null, uses };
}
