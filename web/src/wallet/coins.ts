/** Where coins come from, for an account that has none: the public sale, somebody who sends them, and on a development
 * chain an account of the node itself, whose coins are worth nothing. */

import { html, nothing, type TemplateResult } from "lit";
import { encodeFunctionData } from "viem";
import { MZ } from "../net/abi";
import { ask } from "../net/contract";
import { platform } from "../net/data";
import { rpc } from "../net/node";
import { link } from "../route";
import { foreign } from "../show/foreign";
import { Part, Screen } from "../show/screen";
import { t } from "../words";

const UNIT = 10n ** 18n;
const GIFT = 1_000n * UNIT; // wei of MZ
const ETHER = 10n * UNIT; // wei

class Coins extends Screen {
  static override properties = { ...Screen.properties, me: {} };
  me = "";
  /** The node's own accounts: only a development chain has some. */
  private unlocked: Part<string[]> = this.loads();
  private busy = false;
  private wrong = "";

  protected override render(): TemplateResult {
    this.unlocked.want("once", () => rpc<string[]>("eth_accounts"));
    const givers = (this.unlocked.value ?? []).filter((one) => one.toLowerCase() !== this.me.toLowerCase());
    return html`<section class="card" id="coins"><h2>${t("coins")}</h2>
      <ul class="prose"><li>${t("coins.sent")} ${link("/wallet/receive", t("wallet.receive"))}</li>
        <li>${t("coins.sale")} ${link("/sale", t("sale"))}</li></ul>
      ${givers.length
        ? html`<p>${t("coins.dev")}</p>
            <p><button type="button" id="test-coins" class="primary" ?disabled=${this.busy} @click=${() => void this.take(givers)}>${this.busy ? t("preview.sending") : t("coins.take")}</button></p>`
        : nothing}
      ${this.wrong ? html`<p class="bad" role="alert">${foreign(this.wrong, { limit: 300 })}</p>` : nothing}</section>`;
  }

  private async take(givers: string[]): Promise<void> {
    this.busy = true;
    this.wrong = "";
    this.requestUpdate();
    try {
      await give(givers, this.me as `0x${string}`);
    } catch (problem) {
      this.wrong = (problem as Error).message;
    }
    this.busy = false;
    this.requestUpdate();
  }
}
customElements.define("mz-coins", Coins);

/** Sent by the node's accounts that have them; nothing is made out of nothing. */
async function give(givers: string[], to: `0x${string}`): Promise<void> {
  const mz = (await platform())?.["mz"];
  for (const from of givers) {
    if (BigInt(await rpc<string>("eth_getBalance", [from, "latest"])) < 2n * ETHER) continue;
    await rpc("eth_sendTransaction", [{ from, to, value: `0x${ETHER.toString(16)}` }]);
    break;
  }
  for (const from of mz ? givers : []) {
    if (((await ask(mz!, MZ, "balanceOf", [from])) ?? 0n) < GIFT) continue;
    await rpc("eth_sendTransaction", [{ from, to: mz, data: encodeFunctionData({ abi: MZ, functionName: "transfer", args: [to, GIFT] }) }]);
    return;
  }
}
