/** `/economy`: where the money goes: fee, what trades brought, what the Till still holds, and who is who. */

import { html, nothing } from "lit";
import "../show/chart";
import "./prices";
import { TEMPLATES, TILL } from "../net/abi";
import { ask } from "../net/contract";
import { continuous, data, platform, type Series, type SettledItem } from "../net/data";
import { link } from "../route";
import { address } from "../show/address";
import { percent } from "../show/amount";
import { list } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { duration } from "../show/time";
import { t } from "../words";
import { settlements } from "./columns";
import { equation, gone, total, count, type Gone } from "./burns";
import { tokenAmount } from "./tokens";

const ETHER = "0x0000000000000000000000000000000000000000";

interface Facts {
  where: Record<string, string>;
  gone: Gone | null;
  tillFee: bigint | null;
  useFee: bigint | null;
  buyback: string | null;
  vault: string | null;
  feed: string | null;
  unswept: bigint | null;
  trades: Series;
}

class Economy extends Screen {
  private facts: Part<Facts | null> = this.loads();

  protected override render(): unknown {
    this.facts.want(this.at, async () => {
      const where = await platform();
      if (!where?.["till"]) return null;
      const till = where["till"];
      const [gone_, tillFee, useFee, buyback, vault, feed, unswept, trades] = await Promise.all([
        gone(),
        ask(till, TILL, "feeBps"),
        ask(where["templates"]!, TEMPLATES, "feeBps"),
        ask(till, TILL, "buyback"),
        ask(till, TILL, "vault"),
        ask(till, TILL, "feed"),
        ask(till, TILL, "unswept", [ETHER]),
        data<Series>("series/trades"),
      ]);
      return { where, gone: gone_, tillFee, useFee, buyback, vault, feed, unswept, trades };
    });
    return html`${heading(t("economy"), html`<span class="spring"></span>${link("/burns", t("nav.burns"))} ${link("/buybacks", t("buybacks"))}`)}
    <p class="lead">${t("economy.lead")}</p>
    ${this.facts.show((found) => {
      if (!found) return empty(t("noPlatform"));
      const tokens = found.trades.names.filter((name) => name.startsWith("trade:")).map((name) => name.slice(6));
      const none = (at: string | null): unknown => (!at || /^0x0*$/.test(at) ? t("economy.notYet") : address(at));
      return html`
        ${found.gone ? html`<section class="tight"><h2>${t("burns.equation")}</h2>${equation(found.gone)}</section>` : ""}
        ${facts([
          [t("economy.tillFee"), found.tillFee === null ? "—" : percent(found.tillFee)],
          [t("economy.useFee"), found.useFee === null ? "—" : percent(found.useFee)],
          [t("economy.buyback"), none(found.buyback)],
          [t("economy.vault"), none(found.vault)],
          [t("economy.feed"), none(found.feed)],
          [t("economy.unswept"), found.unswept === null ? "—" : tokenAmount(ETHER, found.unswept)],
        ])}
        <mz-prices></mz-prices>
        <section class="tight"><h2>${t("economy.volume")}</h2>
          ${tokens.length
            ? html`<div class="scroll" tabindex="0"><table class="breakdown"><thead><tr><th>${t("token")}</th><th class="right">${t("economy.trades")}</th><th class="right">${t("gross")}</th><th class="right">${t("fee.platform")}</th></tr></thead>
                <tbody>${tokens.map((at) => html`<tr><td><mz-token-name .address=${`0x${at}`}></mz-token-name></td><td class="right">${count(found.trades, `trade:${at}`)}</td><td class="right">${tokenAmount(`0x${at}`, total(found.trades, `trade:${at}`), { places: -1 })}</td><td>${tokenAmount(`0x${at}`, total(found.trades, `fee:${at}`), { places: -1 })}</td></tr>`)}</tbody></table></div>
              ${this.charts(found)}`
            : empty(t("economy.noTrades"), link("/templates", t("nav.templates")))}
        </section>
        <section class="tight"><h2>${t("economy.latest")}</h2>
          ${list<SettledItem>({ list: "settlements", name: t("economy.latest"), route: this.route, limit: 25, columns: settlements(), none: t("economy.noTrades") })}
        </section>
        <section class="tight"><h2>${t("economy.contracts")}</h2>
          ${facts(Object.entries(found.where).map(([name, at]) => [name, address(at, { full: true })] as const))}
        </section>`;
    }, 8)}`;
  }

  /** What was traded and what the fee on it was, by span: in MZ, and in ether, where the fee is revenue. */
  private charts(found: Facts): unknown {
    const { trades } = found;
    const buckets = continuous(trades);
    const span = duration(BigInt(trades.step));
    const of = (name: string): bigint[] => buckets.map((bucket) => BigInt(bucket[name]?.total ?? 0));
    const chart = (token: string, unit: string, summary: string): unknown => {
      const at = token.slice(2).toLowerCase();
      if (!trades.names.includes(`trade:${at}`)) return nothing;
      return html`<mz-chart .times=${buckets.map((bucket) => bucket.time)} .step=${trades.step} .apart=${true} .unit=${unit} .summary=${summary}
        .lines=${[
          { label: t("gross"), color: 5, values: of(`trade:${at}`) },
          { label: t("fee.platform"), color: 2, values: of(`fee:${at}`) },
        ]}></mz-chart>`;
    };
    return html`${chart(found.where["mz"]!, "MZ", t("economy.chart", { span }))} ${chart(ETHER, "ETH", t("economy.chart.revenue", { span }))}`;
  }
}
customElements.define("mz-economy", Economy);
