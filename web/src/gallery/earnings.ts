/** `/me?view=earnings`: what my templates brought, by use and by trade, as the node adds it up. */

import { html, nothing, type TemplateResult } from "lit";
import "../show/chart";
import { continuous, data, platform, type Series } from "../net/data";
import { link } from "../route";
import { amount, grouped, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { empty, Part, Screen } from "../show/screen";
import { duration } from "../show/time";
import { t } from "../words";
import { tokenAmount } from "../explore/tokens";

interface Template {
  id: string;
  name: string;
  author: string;
  shareBps: number;
  uses: number;
  paid: string; // wei of MZ from uses and upgrades, less what burned
  trades: number;
  shares: Record<string, string>; // by token, in its smallest unit
}

interface Earned extends Series {
  templates: Template[];
  complete: boolean;
}

class Earnings extends Screen {
  static override properties = { ...Screen.properties, author: {} };
  author = "";
  private earned: Part<{ earned: Earned; mz: string } | null> = this.loads();

  protected override render(): unknown {
    this.earned.want(this.at && `${this.author}${this.at}`, async () => {
      const mz = (await platform())?.["mz"];
      return mz ? { earned: await data<Earned>("earnings", { author: this.author }), mz } : null;
    });
    return this.earned.show((found) => {
      if (!found) return empty(t("noPlatform"));
      const { earned, mz } = found;
      if (!earned.templates.length) return empty(t("mine.noTemplates"), link("/publish", t("home.publish"), "button"));
      const inMZ = (one: Template): bigint => BigInt(one.paid) + BigInt(one.shares[mz] ?? 0);
      const total = earned.templates.reduce((sum, one) => sum + inMZ(one), 0n);
      const others = earned.templates.some((one) => Object.keys(one.shares).some((token) => token !== mz));
      const most = (a: Template, b: Template): number => (inMZ(a) === inMZ(b) ? b.trades - a.trades || b.uses - a.uses : inMZ(a) < inMZ(b) ? 1 : -1);
      return html`
        ${earned.complete ? nothing : html`<p class="notice warn"><span>${t("mine.partial")}</span></p>`}
        <div class="card"><h2>${t("mine.earned")}</h2><p class="figure">${amount(total, { places: 2 })}</p></div>
        ${total ? html`<section>${chart(earned)}</section>` : html`<p class="quiet">${t("mine.noEarnings")}</p>`}
        ${others ? html`<p class="quiet">${t("mine.otherCurrencies")}</p>` : nothing}
        <div class="scroll" tabindex="0"><table class="rows" id="earnings">
          <caption class="sr">${t("mine.earnings")}</caption>
          <thead><tr><th scope="col">${t("template")}</th><th scope="col" class="right">${t("template.used")}</th><th scope="col" class="right">${t("mine.fromUses")}</th><th scope="col" class="right">${t("economy.trades")}</th><th scope="col" class="right">${t("mine.fromTrades")}</th><th scope="col" class="right">${t("share")}</th><th scope="col" class="right">CSV</th></tr></thead>
          <tbody>${[...earned.templates].sort(most).map(row)}</tbody></table></div>
        <p>${link("/me?view=deals", t("mine.deals"))}</p>`;
    }, 6);
  }
}
customElements.define("mz-earnings", Earnings);

function row(one: Template): TemplateResult {
  const shares = Object.entries(one.shares);
  return html`<tr>
    <td data-label=${t("template")}>${link(`/template/${one.author}/${one.name}`, foreign(one.name, { name: true }))}</td>
    <td data-label=${t("template.used")} class="right">${grouped(String(one.uses))}</td>
    <td data-label=${t("mine.fromUses")} class="right">${amount(one.paid, { places: -1 })}</td>
    <td data-label=${t("economy.trades")} class="right">${grouped(String(one.trades))}</td>
    <td data-label=${t("mine.fromTrades")} class="right">${shares.length ? shares.map(([token, raw]) => html`<div>${tokenAmount(token, BigInt(raw))}</div>`) : "0"}</td>
    <td data-label=${t("share")} class="right">${percent(one.shareBps)}</td>
    <td data-label="CSV" class="right"><a href=${`/data/v1/uses.csv?id=${one.id}`} download>${t("template.used")}</a></td></tr>`;
}

function chart(earned: Earned): TemplateResult {
  const buckets = continuous(earned);
  const of = (name: string): bigint[] => buckets.map((bucket) => BigInt(bucket[name]?.total ?? 0));
  return html`<mz-chart .times=${buckets.map((bucket) => bucket.time)} .step=${earned.step} .apart=${true} .summary=${t("mine.chart", { span: duration(BigInt(earned.step)) })}
    .lines=${[
      { label: t("mine.fromUses"), color: 3, values: of("uses") },
      { label: t("mine.fromTrades"), color: 2, values: of("trades") },
    ]}></mz-chart>`;
}
