/** `/`: is it alive, how much MZ exists, what can I do here? */

import { html, nothing, svg } from "lit";
import { continuous, data, platform, type Bucket, type Page, type Series, type TxItem } from "../net/data";
import { chain } from "../net/node";
import { link } from "../route";
import { amount } from "../show/amount";
import { list } from "../show/list";
import { empty, heading, Part, Screen } from "../show/screen";
import { duration } from "../show/time";
import { t } from "../words";
import { equation, gone, total, type Gone } from "./burns";
import { transactions } from "./columns";

class Home extends Screen {
  private facts: Part<{ gone: Gone | null; uses: Series | null; txs: number }> = this.loads();

  protected override render(): unknown {
    this.facts.want(this.at, async () => {
      const where = await platform();
      const [gone_, uses, txs] = await Promise.all([
        gone(),
        where ? data<Series>("series/uses") : null,
        data<Page<TxItem>>("txs", { limit: 1 }),
      ]);
      return { gone: gone_, uses, txs: txs.total ?? 0 };
    });
    return html`
      ${heading(t("home.title"))}
      ${this.facts.show((found) => {
        const { gone: burned } = found;
        return html`${burned
          ? html`<div class="grid">
              <section class="card"><h2>${t("home.exist")}</h2><p class="figure">${amount(burned.supply, { places: 2 })}</p>${link("/burns", equation(burned))}</section>
              <section class="card"><h2>${t("destroyed")}</h2><p class="figure burned">${amount(burned.burned, { places: 2 })}</p>${this.spark(burned)}<p>${link("/burns", t("home.byWhat"))}</p></section>
              <section class="card"><h2>${t("home.authors")}</h2><p class="figure">${amount(found.uses ? total(found.uses, "paid") - total(burned.series, "uses") : 0n, { places: 2 })}</p><p class="quiet">${t("home.authors.more")}</p></section>
            </div>`
          : empty(t("noPlatform"))}`;
      })}
      <nav class="row" aria-label=${t("home.tasks")}>
        ${link("/templates", t("home.use"), "button primary")} ${link("/works", t("home.work"), "button")}
        ${link("/publish", t("home.publish"), "button")}
        ${link("/me", t("home.mine"), "button")}
      </nav>
      <section class="tight">
        <h2>${t("home.live")}</h2>
        ${chain.head?.number === 0 ? empty(t("empty.chain")) : nothing}
        ${list<TxItem>({ list: "txs", name: t("home.live"), route: this.route, limit: 10, columns: transactions().filter((_, i) => ![1, 7].includes(i)), none: t("empty.chain") })}
      </section>
    `;
  }

  /** The last buckets of burning, as bars; the page behind has the figures. A buyback would flatten all others: it is
   * left out, and that is said. */
  private spark({ series, burned }: Gone): unknown {
    if (!burned) return html`<p class="quiet">${t("burns.none")}</p>`;
    const of = (bucket: Bucket, name: string): bigint => BigInt(bucket[name]?.total ?? 0);
    const buckets = continuous(series).slice(-30);
    const values = buckets.map((bucket) => Number((of(bucket, "all") - of(bucket, "buybacks")) / 10n ** 12n));
    const most = Math.max(...values, 0);
    if (!most) return nothing;
    const said = t("home.spark", { n: buckets.length, span: duration(BigInt(series.step)) });
    return html`<svg class="bars" viewBox="0 0 ${buckets.length * 10} 60" preserveAspectRatio="none" role="img" aria-label=${said}>
      ${values.map((value, i) => svg`<rect x=${i * 10 + 1} width="8" y=${60 - (value / most) * 58} height=${(value / most) * 58} />`)}
    </svg><p class="quiet">${said}</p>`;
  }
}
customElements.define("mz-home", Home);
