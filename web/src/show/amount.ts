/** Money: exact integers in, digits out. Truncated, never rounded up; a cut is marked. */

import { LitElement, html, type TemplateResult } from "lit";

export interface Shown {
  text: string;
  exact: string;
}

const SAFE_DECIMALS = 36;

/** Grouped by three. */
export function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** The exact decimal of an integer in its smallest unit. */
export function exact(raw: bigint, decimals: number): string {
  const sign = raw < 0n ? "−" : "";
  const digits = (raw < 0n ? -raw : raw).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals ? digits.slice(-decimals).replace(/0+$/, "") : "";
  return `${sign}${grouped(whole)}${fraction ? `.${fraction}` : ""}`;
}

/** At most `places` decimals, `…` when digits are cut, `<0.000001` for what would look like nothing. */
export function cut(raw: bigint, decimals: number, places: number): string {
  if (decimals > SAFE_DECIMALS || decimals < 0) return exact(raw, 0);
  const full = exact(raw, decimals);
  const [whole = "0", fraction = ""] = full.split(".");
  if (fraction.length <= places) return full;
  const kept = fraction.slice(0, places);
  if (/^−?0$/.test(whole) && /^0*$/.test(kept)) {
    return `${whole.startsWith("−") ? ">−" : "<"}${places ? `0.${"0".repeat(places - 1)}1` : "1"}`;
  }
  return `${whole}${places ? `.${kept}` : ""}…`;
}

/** Exactly `places` decimals: for breakdowns whose lines add up visibly. */
export function fixed(raw: bigint, decimals: number, places: number): string {
  const [whole = "0", fraction = ""] = exact(raw, decimals).split(".");
  return places ? `${whole}.${fraction.padEnd(places, "0").slice(0, places)}` : whole;
}

/** How many decimals all of these need to be exact. */
export function placesOf(amounts: readonly bigint[], decimals: number): number {
  return Math.max(0, ...amounts.map((raw) => (exact(raw, decimals).split(".")[1] ?? "").length));
}

/** Wei of a decimal text, or the reason why not, as a key of the words. */
export function parseAmount(text: string, decimals: number): { raw: bigint } | { wrong: "notNumber" | "decimals" | "tooBig" } {
  const plain = text.trim().replace(/,/g, "");
  const found = /^([0-9]{1,78})(?:\.([0-9]*))?$/.exec(plain) ?? /^()\.([0-9]+)$/.exec(plain);
  if (!found) return { wrong: "notNumber" };
  const fraction = found[2] ?? "";
  if (fraction.length > decimals) return { wrong: "decimals" };
  const raw = BigInt(found[1] || "0") * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, "0") || "0");
  return raw < 2n ** 256n ? { raw } : { wrong: "tooBig" };
}

/** The only way money is printed. `places`: -1 is exact. */
export class MzAmount extends LitElement {
  static override properties = {
    raw: { attribute: false },
    decimals: { type: Number },
    unit: {},
    places: { type: Number },
    sign: { type: Boolean },
  };
  raw: bigint = 0n;
  decimals = 18;
  unit = "MZ";
  places = 6;
  sign = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const full = exact(this.raw, this.decimals > SAFE_DECIMALS ? 0 : this.decimals);
    const shown = this.places < 0 ? full : cut(this.raw, this.decimals, this.places);
    const plus = this.sign && this.raw > 0n ? "+" : "";
    const unit = this.unit ? `\u00a0${this.unit}` : "";
    return html`<span class="amount" title="${full}${unit} = ${String(this.raw)}">${plus}${shown}<span class="unit">${unit}</span></span>`;
  }
}
customElements.define("mz-amount", MzAmount);

export interface AmountOptions {
  decimals?: number;
  unit?: string;
  places?: number;
  sign?: boolean;
}

export function amount(raw: bigint | string, options: AmountOptions = {}): TemplateResult {
  const value = typeof raw === "bigint" ? raw : BigInt(raw);
  return html`<mz-amount
    .raw=${value}
    .decimals=${options.decimals ?? 18}
    .unit=${options.unit ?? "MZ"}
    .places=${options.places ?? 6}
    .sign=${options.sign ?? false}
  ></mz-amount>`;
}

/** Basis points as a percentage, exactly. */
export function percent(bps: number | bigint): string {
  const n = BigInt(bps);
  const fraction = (n % 100n).toString().padStart(2, "0").replace(/0+$/, "");
  return `${n / 100n}${fraction ? `.${fraction}` : ""} %`;
}
