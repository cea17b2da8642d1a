/** `/help`: the words this page uses, one sentence each. */

import { html } from "lit";
import { heading, Screen } from "../show/screen";
import { t, type Key } from "../words";

const WORDS = [
  "account", "address", "allowance", "block", "burn", "buyback", "bundle", "contract", "deadline", "deal", "fee", "gas",
  "instance", "log", "mz", "nonce", "origin", "pot", "receipt", "reverted", "share", "signature", "template", "till", "work",
] as const;

class Help extends Screen {
  private shown = "";

  /** `/help/gas` leads to its word. */
  protected override updated(): void {
    const word = this.route.parts[1] ?? "";
    if (word === this.shown) return;
    this.shown = word;
    document.getElementById(word)?.scrollIntoView({ block: "center" });
  }

  protected override render(): unknown {
    return html`${heading(t("help"))}
      <dl class="facts">
        ${WORDS.map((word) => html`<div id=${word} class=${this.route.parts[1] === word ? "meant" : ""}><dt>${t(`help.${word}` as Key)}</dt><dd>${t(`help.${word}.is` as Key)}</dd></div>`)}
      </dl>`;
  }
}
customElements.define("mz-help", Help);
