/** Addresses: checksum case, 8…8 or in groups of four, a mark to recognise, a button that copies. */

import { LitElement, html, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { getAddress, keccak256 } from "viem/utils";
import { platformName } from "../net/data";
import { t } from "../words";
import { link } from "../route";

export function short(address: string): string {
  const full = checked(address);
  return `${full.slice(0, 10)}…${full.slice(-8)}`;
}

export function checked(address: string): string {
  try {
    return getAddress(address);
  } catch {
    return address;
  }
}

export function inFours(address: string): string {
  return `0x ${checked(address).slice(2).replace(/(.{4})(?=.)/g, "$1 ")}`;
}

/** Symmetric 5×5 in two colours out of the address's hash. Aids recognition, proves nothing. */
export function identicon(address: string): SVGTemplateResult | TemplateResult {
  const hash = keccak256(checked(address).toLowerCase() as `0x${string}`);
  const at = (i: number): number => parseInt(hash.slice(2 + 2 * i, 4 + 2 * i), 16);
  const cells: SVGTemplateResult[] = [];
  for (let row = 0; row < 5; row++) {
    for (let column = 0; column < 3; column++) {
      if (at(row * 3 + column) % 2) continue;
      const second = at(16 + row) % 3 === column;
      for (const x of new Set([column, 4 - column])) {
        cells.push(svg`<rect x=${x} y=${row} width="1" height="1" class=${second ? "second" : "first"} />`);
      }
    }
  }
  const tone = `tone${at(31) % 6}`;
  return html`<svg class="identicon ${tone}" viewBox="0 0 5 5" aria-hidden="true">${cells}</svg>`;
}

export class MzAddress extends LitElement {
  static override properties = { address: {}, full: { type: Boolean }, plain: { type: Boolean }, done: { state: true } };
  address = "";
  full = false;
  plain = false; // without link
  done = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const whole = checked(this.address);
    const name = platformName(whole);
    const text = this.full ? inFours(whole) : short(whole);
    const label = html`<span class="mono" title=${whole}>${text}</span>`;
    return html`<span class="address"
      >${identicon(whole)}${name ? html`<span class="ours" title=${t("address.platform")}>${name}</span>` : nothing}${
        this.plain ? label : link(`/address/${whole}`, label)
      }<button class="copy" type="button" aria-label=${`${t("copy")} ${short(whole)}`} title=${t("copy")} @click=${this.copy}>
        ${this.done
          ? "✓"
          : html`<svg viewBox="0 0 16 16" aria-hidden="true"><rect x="2" y="2" width="9" height="9" rx="1.5" /><rect x="5" y="5" width="9" height="9" rx="1.5" /></svg>`}
      </button></span
    >`;
  }

  private async copy(event: Event): Promise<void> {
    event.preventDefault();
    await copyText(checked(this.address));
    this.done = true;
    setTimeout(() => (this.done = false), 1500);
  }
}
customElements.define("mz-address", MzAddress);

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without the right to the clipboard there is the selection.
  }
}

export function address(at: string, options: { full?: boolean; plain?: boolean } = {}): TemplateResult {
  return html`<mz-address .address=${at} .full=${options.full ?? false} .plain=${options.plain ?? false}></mz-address>`;
}

/** A hash of a transaction or block, linked. */
export function hash(value: string, path: string): TemplateResult {
  return link(path, html`<span class="mono" title=${value}>${value.slice(0, 10)}…${value.slice(-6)}</span>`);
}

export function txLink(value: string): TemplateResult {
  return hash(value, `/tx/${value}`);
}

export function blockLink(number: number): TemplateResult {
  return link(`/block/${number}`, html`<span class="number">${number.toLocaleString("en")}</span>`);
}
