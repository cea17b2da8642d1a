/** `/blocks`, `/txs`, `/pending`. */

import { html, nothing } from "lit";
import type { BlockItem, TxItem } from "../net/data";
import { chain, rpc } from "../net/node";
import { link } from "../route";
import { address, blockLink, txLink } from "../show/address";
import { amount, grouped } from "../show/amount";
import { list, tabs } from "../show/list";
import { empty, heading, Part, Screen } from "../show/screen";
import { ago } from "../show/time";
import { t } from "../words";
import { transactions } from "./columns";

class Blocks extends Screen {
  protected override render(): unknown {
    return html`${heading(t("blocks"), html`<span class="spring"></span>${switcher("blocks")}`)}
    ${list<BlockItem>({
      list: "blocks",
      name: t("blocks"),
      route: this.route,
      columns: [
        { label: t("block"), cell: (b) => blockLink(b.number) },
        { label: t("age"), cell: (b) => ago(b.timestamp) },
        { label: t("txs"), number: true, cell: (b) => (b.transactions ? link(`/block/${b.number}`, b.transactions) : "0") },
        { label: t("gasUsed"), number: true, cell: (b) => grouped(String(b.gasUsed)) },
        { label: t("full"), number: true, cell: (b) => `${Math.floor((b.gasUsed * 1000) / b.gasLimit) / 10} %` },
        { label: t("producer"), cell: (b) => address(b.producer) },
      ],
    })}`;
  }
}
customElements.define("mz-blocks", Blocks);

class Transactions extends Screen {
  protected override render(): unknown {
    const view = this.query("view") ?? "";
    return html`${heading(t("txs"), html`<span class="spring"></span>${switcher("txs")}`)}
    ${tabs(view, [
      ["", t("all")],
      ["failed", t("tx.failedOnes")],
      ["created", t("tx.createdOnes")],
    ])}
    ${list<TxItem>({
      list: "txs",
      name: t("txs"),
      route: this.route,
      given: { failed: view === "failed" ? 1 : undefined, created: view === "created" ? 1 : undefined },
      none: chain.head?.number === 0 ? t("empty.chain") : t("list.none"),
      columns: transactions(),
    })}`;
  }
}
customElements.define("mz-txs", Transactions);

function switcher(now: string): unknown {
  return html`<span class="row">
    ${(["blocks", "txs", "pending"] as const).map((one) =>
      one === now ? html`<strong>${t(one)}</strong>` : link(`/${one}`, t(one)),
    )}
  </span>`;
}

interface PoolTx {
  hash: string;
  from: string;
  to: string | null;
  nonce: string;
  value: string;
  maxFeePerGas?: string;
  gasPrice?: string;
}
type Content = Record<"pending" | "queued", Record<string, Record<string, PoolTx>>>;

class Pending extends Screen {
  private content: Part<{ pool: Content; nonces: Map<string, number> }> = this.loads();

  protected override render(): unknown {
    this.content.want(this.at, async () => {
      const pool = await rpc<Content>("txpool_content");
      const senders = Object.keys(pool.queued);
      const found = await Promise.all(senders.map((from) => rpc<string>("eth_getTransactionCount", [from, "pending"])));
      return { pool, nonces: new Map(senders.map((from, i) => [from, Number(found[i])])) };
    });
    return html`${heading(t("pending"), html`<span class="spring"></span>${switcher("pending")}`)}
    ${this.content.show(({ pool, nonces }) => {
      const rows = (["pending", "queued"] as const).flatMap((state) =>
        Object.entries(pool[state]).flatMap(([from, byNonce]) =>
          Object.values(byNonce).map((tx) => ({ tx, why: this.why(state, tx, nonces.get(from)) })),
        ),
      );
      if (!rows.length) return empty(t("pending.none"), link("/txs", t("txs")));
      return html`<div class="scroll" tabindex="0">
        <table class="rows">
          <thead><tr><th>${t("tx")}</th><th>${t("from")}</th><th>${t("to")}</th><th class="right">${t("nonce")}</th><th class="right">${t("value")}</th><th>${t("pending.why")}</th></tr></thead>
          <tbody>
            ${rows.slice(0, 200).map(
              ({ tx, why }) => html`<tr>
                <td data-label=${t("tx")}>${txLink(tx.hash)}</td>
                <td data-label=${t("from")}>${address(tx.from)}</td>
                <td data-label=${t("to")}>${tx.to ? address(tx.to) : t("tx.kind.create")}</td>
                <td data-label=${t("nonce")} class="right">${Number(tx.nonce)}</td>
                <td data-label=${t("value")} class="right">${amount(BigInt(tx.value), { unit: "ETH" })}</td>
                <td data-label=${t("pending.why")}>${why}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${rows.length > 200 ? html`<p class="quiet">${t("pending.more", { n: rows.length - 200 })}</p>` : nothing}`;
    })}`;
  }

  private why(state: "pending" | "queued", tx: PoolTx, next: number | undefined): string {
    const cap = BigInt(tx.maxFeePerGas ?? tx.gasPrice ?? 0);
    if (state === "pending" && cap < (chain.head?.baseFee ?? 0n)) return t("pending.fee");
    if (state === "pending") return t("pending.ready");
    return t("pending.gap", { n: next ?? "?" });
  }
}
customElements.define("mz-pending", Pending);
