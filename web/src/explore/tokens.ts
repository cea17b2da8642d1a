/** What tokens say about themselves, asked once: all of it a stranger's claim, except for MZ itself. */

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { MZ } from "../net/abi";
import { platform, platformName } from "../net/data";
import { ask } from "../net/contract";
import { amount } from "../show/amount";
import { address } from "../show/address";
import { foreign } from "../show/foreign";
import { t } from "../words";

export interface Token {
  address: string;
  name: string;
  symbol: string;
  decimals: number | null; // null: it does not say, or says nonsense
  ours: boolean;
}

const ETHER = "0x0000000000000000000000000000000000000000";
const known = new Map<string, Promise<Token>>();
const ready = new Map<string, Token>();

export function token(at: string): Promise<Token> {
  const key = at.toLowerCase();
  let found = known.get(key);
  if (!found) {
    found = describe(at);
    known.set(key, found);
    found.then((one) => ready.set(key, one)).catch(() => known.delete(key));
  }
  return found;
}

async function describe(at: string): Promise<Token> {
  if (at === ETHER) return { address: at, name: "Ether", symbol: "ETH", decimals: 18, ours: true };
  await platform();
  const [name, symbol, decimals] = await Promise.all([ask(at, MZ, "name"), ask(at, MZ, "symbol"), ask(at, MZ, "decimals")]);
  const sane = decimals !== null && Number(decimals) <= 36 ? Number(decimals) : null;
  return { address: at, name: name ?? "", symbol: symbol ?? "", decimals: sane, ours: platformName(at) === "mz" };
}

/** An amount of a token; until its decimals are known, and when they are nonsense, the raw integer. */
export function tokenAmount(at: string, raw: bigint, options: { sign?: boolean; places?: number } = {}): TemplateResult {
  return html`<mz-token-amount .address=${at} .raw=${raw} .sign=${options.sign ?? false} .places=${options.places ?? 6}></mz-token-amount>`;
}

class MzTokenAmount extends LitElement {
  static override properties = { address: {}, raw: { attribute: false }, sign: { type: Boolean }, places: { type: Number } };
  address = "";
  raw = 0n;
  sign = false;
  places = 6;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const found = ready.get(this.address.toLowerCase());
    if (!found) {
      void token(this.address)
        .then(() => this.requestUpdate())
        .catch(() => undefined);
      return html`<span class="quiet number">…</span>`;
    }
    const plain = { decimals: found.decimals ?? 0, unit: found.ours ? found.symbol : "", sign: this.sign, places: this.places };
    return html`${amount(this.raw, plain)}${found.ours ? nothing : html` ${foreign(found.symbol || "?", { limit: 12, name: true })}`}${
      found.decimals === null ? html` <span class="badge">${t("token.raw")}</span>` : nothing
    }`;
  }
}
customElements.define("mz-token-amount", MzTokenAmount);

class MzTokenName extends LitElement {
  static override properties = { address: {} };
  address = "";

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const found = ready.get(this.address.toLowerCase());
    if (!found) {
      void token(this.address)
        .then(() => this.requestUpdate())
        .catch(() => undefined);
      return html`…`;
    }
    if (found.address === ETHER) return html`ETH`; // it has no contract
    return html`${address(this.address, { plain: true })} ${foreign(found.symbol || "?", { limit: 24, name: true, trusted: found.ours })}`;
  }
}
customElements.define("mz-token-name", MzTokenName);
