/** `/block/:number|hash`: what is in it. */

import { html, nothing } from "lit";
import type { TxItem } from "../net/data";
import { chain, rpc } from "../net/node";
import { link } from "../route";
import { address, hash } from "../show/address";
import { amount, grouped } from "../show/amount";
import { list } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { when } from "../show/time";
import { foreign } from "../show/foreign";
import { t } from "../words";
import { transactions } from "./columns";

interface Raw {
  number: string;
  hash: string;
  parentHash: string;
  timestamp: string;
  miner: string;
  gasUsed: string;
  gasLimit: string;
  baseFeePerGas?: string;
  stateRoot: string;
  transactionsRoot: string;
  receiptsRoot: string;
  extraData: string;
  size: string;
  transactions: string[];
}

class BlockScreen extends Screen {
  private block: Part<{ block: Raw | null; canonical: Raw | null }> = this.loads();

  protected override render(): unknown {
    const which = this.route.parts[1] ?? "latest";
    const byHash = /^0x[0-9a-fA-F]{64}$/.test(which);
    const tag = byHash ? which : /^[0-9]{1,15}$/.test(which) ? `0x${Number(which).toString(16)}` : "latest";
    // A block of a number may be replaced; read it again with each head.
    this.block.want(this.at && `${which} ${this.at}`, async () => {
      const block = await rpc<Raw | null>(byHash ? "eth_getBlockByHash" : "eth_getBlockByNumber", [tag, false]);
      const canonical = byHash && block ? await rpc<Raw | null>("eth_getBlockByNumber", [block.number, false]) : block;
      return { block, canonical };
    });
    return html`${this.block.show(({ block, canonical }) => {
      if (!block) return html`${heading(`${t("block")} ${which}`)}${empty(t("block.none", { n: chain.head?.number ?? 0 }), link("/blocks", t("blocks")))}`;
      const number = Number(block.number);
      const burned = BigInt(block.baseFeePerGas ?? 0) * BigInt(block.gasUsed);
      return html`
        ${heading(`${t("block")} ${number.toLocaleString("en")}`, html`<span class="spring"></span>
          ${number > 0 ? link(`/block/${number - 1}`, `← ${number - 1}`) : nothing}
          ${number < (chain.head?.number ?? 0) ? link(`/block/${number + 1}`, `${number + 1} →`) : nothing}`)}
        ${canonical && canonical.hash !== block.hash
          ? html`<p class="notice warn" role="alert"><span>${t("block.replaced")} ${hash(canonical.hash, `/block/${canonical.hash}`)}</span></p>`
          : nothing}
        ${facts([
          [t("time"), when(Number(block.timestamp))],
          [t("position"), t("block.position", { n: (chain.head?.number ?? 0) - number })],
          [t("txs"), block.transactions.length],
          [t("gasUsed"), html`<span class="number">${grouped(BigInt(block.gasUsed).toString())} / ${grouped(BigInt(block.gasLimit).toString())}</span>`],
          [t("baseFee"), amount(BigInt(block.baseFeePerGas ?? 0), { decimals: 9, unit: "gwei", places: 9 })],
          [t("block.ethBurned"), amount(burned, { unit: "ETH" })],
          [t("hash"), html`<span class="mono wrap">${block.hash}</span>`],
        ])}
        ${canonical?.hash === block.hash
          ? list<TxItem>({ list: "txs", name: t("txs"), given: { block: number }, route: this.route, columns: transactions(), none: t("block.noTxs") })
          : nothing}
        <details>
          <summary>${t("block.header")}</summary>
          ${facts([
            [t("parent"), hash(block.parentHash, `/block/${block.parentHash}`)],
            [t("producer"), address(block.miner)],
            ["stateRoot", html`<span class="mono wrap">${block.stateRoot}</span>`],
            ["transactionsRoot", html`<span class="mono wrap">${block.transactionsRoot}</span>`],
            ["receiptsRoot", html`<span class="mono wrap">${block.receiptsRoot}</span>`],
            ["extraData", foreign(block.extraData, { limit: 200 })],
            [t("size"), t("bytes", { n: grouped(BigInt(block.size).toString()) })],
          ])}
        </details>
      `;
    }, 8)}`;
  }
}
customElements.define("mz-block", BlockScreen);
