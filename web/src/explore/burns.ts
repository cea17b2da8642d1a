/** `/burns`: how many MZ are gone, by what. The equation is checked: genesis minus the burns in the index is the supply. */

import { html, nothing, type TemplateResult } from "lit";
import "../show/chart";
import { MZ } from "../net/abi";
import { read } from "../net/contract";
import { continuous, data, platform, type Bucket, type BurnItem, type Series } from "../net/data";
import { link } from "../route";
import { address, txLink } from "../show/address";
import { amount, grouped } from "../show/amount";
import { list } from "../show/list";
import { empty, heading, Part, Screen } from "../show/screen";
import { ago, duration } from "../show/time";
import { t } from "../words";

export interface Gone {
  supply: bigint;
  minted: bigint;
  burned: bigint;
  series: Series;
}

export const MINTED = 100_000_000n * 10n ** 18n;

export async function gone(): Promise<Gone | null> {
  const where = await platform();
  if (!where?.["mz"]) return null;
  const [supply, series] = await Promise.all([read(where["mz"], MZ, "totalSupply"), data<Series>("series/burns")]);
  return { supply, series, minted: total(series, "minted"), burned: total(series, "all") };
}

export function total(series: Series, name: string): bigint {
  return series.buckets.reduce((sum, bucket) => sum + BigInt(bucket[name]?.total ?? 0), 0n);
}

export function count(series: Series, name: string): number {
  return series.buckets.reduce((sum, bucket) => sum + (bucket[name]?.n ?? 0), 0);
}

export function equation({ supply, minted, burned }: Gone): TemplateResult {
  const holds = minted - burned === supply;
  return html`<p class="equation">
      ${amount(supply, { places: -1 })} = ${amount(minted, { places: -1, unit: "" })} −
      <span class="burned">${amount(burned, { places: -1, unit: "" })}</span>
    </p>
    ${holds ? nothing : html`<p class="bad" role="alert">${t("burns.mismatch")}</p>`}`;
}

/** Series, colour in charts and name of each; what is left was destroyed by its holder. */
const CAUSES = [["trades", 2, "cause.trades"], ["uses", 3, "cause.uses"], ["buybacks", 4, "cause.buybacks"]] as const;

class Burns extends Screen {
  private facts: Part<Gone | null> = this.loads();

  protected override render(): unknown {
    this.facts.want(this.at, gone);
    return html`${heading(t("burns.title"), html`<span class="spring"></span>${link("/buybacks", t("buybacks"))} ${link("/economy", t("economy"))}`)}
    ${this.facts.show((found) => {
      if (!found) return empty(t("noPlatform"));
      const { series, burned } = found;
      const rows = CAUSES.map(([name, , key]): [string, bigint, number] => [t(key), total(series, name), count(series, name)]);
      const other = rows.reduce((rest, [, raw]) => rest - raw, burned);
      rows.push([t("cause.holder"), other, rows.reduce((rest, [, , n]) => rest - n, count(series, "all"))]);
      return html`
        <section class="tight"><h2>${t("burns.equation")}</h2>${equation(found)}<p class="quiet">${t("burns.equation.more")}</p></section>
        ${burned ? this.chart(found) : nothing}
        <section class="tight">
          <h2>${t("burns.byCause")}</h2>
          <div class="scroll" tabindex="0"><table class="breakdown">
            <thead><tr><th>${t("cause")}</th><th class="right">${t("burns.count")}</th><th class="right">${t("part")}</th><th class="right">${t("destroyed")}</th></tr></thead>
            <tbody>
              ${rows.map(([label, raw, n]) => html`<tr><td>${label}</td><td class="right">${grouped(String(n))}</td><td class="right">${partOf(raw, burned)}</td><td>${amount(raw, { places: -1 })}</td></tr>`)}
              <tr class="total"><td>${t("sum")}</td><td class="right">${grouped(String(count(series, "all")))}</td><td></td><td class="burned">${amount(burned, { places: -1 })}</td></tr>
            </tbody>
          </table></div>
        </section>
        <section class="tight">
          <h2>${t("burns.list")}</h2>
          ${list<BurnItem>({
            list: "burns",
            name: t("burns.list"),
            route: this.route,
            none: t("burns.none"),
            columns: [
              { label: t("tx"), cell: (b) => txLink(b.tx) },
              { label: t("age"), cell: (b) => ago(b.timestamp) },
              { label: t("cause"), cell: (b) => causeShown(b) },
              { label: t("from"), cell: (b) => address(b.from) },
              { label: t("destroyed"), number: true, cell: (b) => html`<span class="burned">${amount(b.amount)}</span>` },
            ],
          })}
        </section>
      `;
    }, 8)}`;
  }

  private chart({ series, burned, minted }: Gone): TemplateResult {
    let sofar = 0n;
    const buckets = continuous(series);
    const of = (bucket: Bucket, name: string): bigint => BigInt(bucket[name]?.total ?? 0);
    const cumulative = buckets.map((bucket) => (sofar += of(bucket, "all")));
    const times = buckets.map((bucket) => bucket.time);
    const named = CAUSES.map(([name, color, key]) => ({ label: t(key), color, values: buckets.map((bucket) => of(bucket, name)) }));
    const others = buckets.map((bucket, i) => named.reduce((rest, line) => rest - line.values[i]!, of(bucket, "all")));
    return html`
      <section class="tight"><h2>${t("burns.chart")}</h2>
        <mz-chart .times=${times} .step=${series.step} .apart=${true} .summary=${t("burns.chart.summary", { span: duration(BigInt(series.step)) })}
          .lines=${[...named, { label: t("cause.holder"), color: 5, values: others }]}></mz-chart>
      </section>
      <section class="tight"><h2>${t("burns.supplyChart")}</h2>
        <mz-chart .times=${times} .step=${series.step} .summary=${t("burns.supplyChart.summary")}
          .lines=${[{ label: t("supply"), color: 1, values: cumulative.map((one) => minted - one) }]}></mz-chart>
        <p class="quiet">${t("burns.chart.all")} ${amount(burned)}</p>
      </section>`;
  }
}
customElements.define("mz-burns", Burns);

/** To a tenth of a per cent, cut off. */
function partOf(raw: bigint, whole: bigint): string {
  const tenths = whole ? (raw * 1000n) / whole : 0n;
  return raw && !tenths ? "<0.1 %" : `${tenths / 10n}.${tenths % 10n} %`;
}

export function causeShown({ cause }: BurnItem): unknown {
  switch (cause.kind) {
    case "trade":
      return html`${t("cause.trade")} ${address(cause.to!)}`;
    case "use":
      return html`${t("cause.use")} ${link(`/template/${cause.template}?version=${cause.version}`, `${cause.template!.slice(0, 10)}… v${cause.version}`)}`;
    case "buyback":
      return link(`/buyback/${cause.round}`, t("cause.buyback", { n: cause.round ?? 0 }));
    default:
      return t("cause.holder");
  }
}
