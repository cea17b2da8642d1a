/** Decoded values as people read them: nested structs as nested lists, amounts of MZ beside the integer. */

import { html, nothing, type TemplateResult } from "lit";
import type { Argument, Decoded } from "./decode";
import { address } from "../show/address";
import { foreign } from "../show/foreign";
import { exact, grouped } from "../show/amount";
import { t } from "../words";

const MOST_TEXT = 2000;

export function callShown(call: Decoded): TemplateResult {
  return html`<div class="tight">
    <p><strong class="mono">${foreign(call.name)}</strong>${call.certain ? nothing : html` <span class="badge">${t("decoded.standard")}</span>`}</p>
    ${call.arguments.length ? argumentsShown(call.arguments) : html`<p class="quiet">${t("decoded.noArguments")}</p>`}
  </div>`;
}

export function argumentsShown(list: readonly Argument[]): TemplateResult {
  return html`<dl class="facts">
    ${list.map(
      (one) => html`<div><dt>${foreign(one.name)} <span class="mono">${one.type}</span></dt><dd>${valueShown(one)}</dd></div>`,
    )}
  </dl>`;
}

export function valueShown(one: Argument): unknown {
  const { type, value } = one;
  if (type.endsWith("]") && Array.isArray(value)) {
    const inner = type.replace(/\[\d*\]$/, "");
    const components = one.components ? { components: one.components } : {};
    return html`<ol>
      ${value.slice(0, 100).map((part) => html`<li>${valueShown({ name: "", type: inner, value: part, ...components })}</li>`)}
    </ol>`;
  }
  if (type.startsWith("tuple") && value && typeof value === "object") {
    const parts = one.components ?? [];
    return argumentsShown(
      parts.map((part, i) => ({
        name: part.name ?? `${i}`,
        type: part.type,
        value: Array.isArray(value) ? value[i] : (value as Record<string, unknown>)[part.name ?? ""],
        ...("components" in part ? { components: part.components } : {}),
      })),
    );
  }
  if (type === "address") return address(String(value));
  if (type === "bool") return String(value);
  if (type === "string") return html`“${foreign(String(value), { limit: MOST_TEXT })}”`;
  if (typeof value === "bigint" || typeof value === "number") return integer(BigInt(value));
  const text = String(value);
  return html`<span class="mono wrap">${text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text}</span>`;
}

function integer(value: bigint): TemplateResult {
  const digits = grouped(value.toString());
  if (value === 2n ** 256n - 1n) return html`<span class="number wrap">${digits}</span> <span class="badge">${t("unlimited")}</span>`;
  if (value >= 10n ** 15n) {
    return html`<span class="number wrap">${digits}</span> <span class="quiet number">(${exact(value, 18)} × 10¹⁸)</span>`;
  }
  return html`<span class="number">${digits}</span>`;
}
