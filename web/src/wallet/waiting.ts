/** What of an account's waits for its block, each with its reason, to be sped up or cancelled. */

import { html, nothing } from "lit";
import { chain, rpc } from "../net/node";
import { txLink } from "../show/address";
import { empty, Part, Screen } from "../show/screen";
import { t } from "../words";
import { account, fees, remembered } from "./account";
import { propose } from "./preview";

interface PoolTx {
  hash: string;
  to: string | null;
  nonce: string;
  value: string;
  input: `0x${string}`;
  gasPrice?: string;
  maxFeePerGas?: string;
  maxPriorityFeePerGas?: string;
}

/** My transactions that wait, each with its reason, to be sped up or cancelled (a replacement with the same number). */
class Waiting extends Screen {
  static override properties = { ...Screen.properties, me: {} };
  me = "";
  private pool: Part<{ rows: PoolTx[]; next: number }> = this.loads();

  protected override render(): unknown {
    // What is sent from here waits in the pool before there is a new head.
    this.pool.want(this.at && `${this.me}${this.at}${remembered()[0]?.hash}`, async () => {
      const [content, next] = await Promise.all([
        rpc<Record<"pending" | "queued", Record<string, PoolTx>>>("txpool_contentFrom", [this.me]),
        rpc<string>("eth_getTransactionCount", [this.me, "pending"]),
      ]);
      return { rows: [...Object.values(content.pending), ...Object.values(content.queued)], next: Number(next) };
    });
    return this.pool.show(({ rows, next }) =>
      rows.length
        ? html`<h3>${t("wallet.waitingOnes")}</h3>
            <ul class="tree">${rows.map((one) => html`<li class="row" data-nonce=${Number(one.nonce)}>${txLink(one.hash)} <span>${t("nonce")} ${Number(one.nonce)}</span>
              <span class="quiet">${Number(one.nonce) > next ? t("pending.gap", { n: next }) : BigInt(one.maxFeePerGas ?? one.gasPrice ?? 0) < (chain.head?.baseFee ?? 0n) ? t("pending.fee") : t("pending.ready")}</span>
              ${account()?.kind === "builtin" ? html`<button type="button" @click=${() => void this.again(one, false)}>${t("wallet.speedUp")}</button><button type="button" class="danger" @click=${() => void this.again(one, true)}>${t("wallet.cancel")}</button>` : nothing}</li>`)}</ul>`
        : empty(t("wallet.nothingWaits")),
    );
  }

  private async again(one: PoolTx, cancel: boolean): Promise<void> {
    const now = await fees();
    const more = (old: string | undefined, least: bigint): bigint => {
      const raised = (BigInt(old ?? 0) * 115n) / 100n + 1n;
      return raised > least ? raised : least;
    };
    const fee = { maxFeePerGas: more(one.maxFeePerGas ?? one.gasPrice, now.maxFeePerGas), maxPriorityFeePerGas: more(one.maxPriorityFeePerGas ?? one.gasPrice, now.maxPriorityFeePerGas) };
    await propose({
      sentence: cancel ? t("wallet.cancel.sentence", { n: Number(one.nonce) }) : t("wallet.speedUp.sentence", { n: Number(one.nonce) }),
      act: cancel ? t("wallet.cancel") : t("wallet.speedUp"),
      to: cancel ? this.me : one.to,
      data: cancel ? "0x" : one.input,
      value: cancel ? 0n : BigInt(one.value),
      nonce: Number(one.nonce),
      fee,
    }).catch(() => undefined);
  }
}
customElements.define("mz-waiting", Waiting);
