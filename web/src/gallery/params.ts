/** A form out of a manifest's parameters: unit, bounds, help, choices; what is wrong is said at once, beside its field. */

import { html, nothing, type TemplateResult } from "lit";
import { sha256 } from "../net/cid";
import { exact } from "../show/amount";
import { foreign } from "../show/foreign";
import { has, t } from "../words";
import { words, type Parameter } from "./manifest";
import { check, MZ, show, Wrong, type Money, type Value } from "./units";

export class ParameterForm {
  private texts = new Map<string, string>();
  private touched = new Set<string>();
  money: Money = MZ;
  /** What stands for something else, such as another part's address in a combination, before a text is read. */
  fill: (text: string) => string = (text) => text;
  /** Texts that are offered for addresses. */
  offered: readonly string[] = [];

  constructor(
    readonly id: string,
    readonly parameters: readonly Parameter[],
    private readonly changed: () => void,
    private readonly kept?: string, // key under which the tab remembers the texts
  ) {
    try {
      const before = kept ? (JSON.parse(sessionStorage.getItem(kept) ?? "{}") as Record<string, string>) : {};
      for (const [name, text] of Object.entries(before)) this.texts.set(name, text);
    } catch {
      // Then the form begins empty.
    }
  }

  text(parameter: Parameter): string {
    const text = this.texts.get(parameter.name) ?? parameter.default ?? "";
    // Beside the field stands %, so a manifest's plain number (basis points) is written as what it means.
    return parameter.unit === "basis points" && /^[0-9]{1,5}$/.test(text) ? `${exact(BigInt(text), 2)} %` : text;
  }

  set(name: string, text: string): void {
    this.texts.set(name, text);
    this.touched.add(name);
    try {
      if (this.kept) sessionStorage.setItem(this.kept, JSON.stringify(Object.fromEntries(this.texts)));
    } catch {
      // A reload will ask again.
    }
    this.changed();
  }

  /** Every value by name; null while something is wrong or missing. */
  values(user?: string): Record<string, Value> | null {
    const found: Record<string, Value> = {};
    for (const parameter of this.parameters) {
      const value = this.value(parameter, user);
      if (value instanceof Wrong) return null;
      found[parameter.name] = value;
    }
    return found;
  }

  showAll(): void {
    for (const parameter of this.parameters) this.touched.add(parameter.name);
  }

  value(parameter: Parameter, user?: string): Value | Wrong {
    try {
      return check(parameter, this.fill(this.text(parameter)), user, this.money);
    } catch (problem) {
      if (problem instanceof Wrong) return problem;
      return new Wrong("wrong.value");
    }
  }

  render(user?: string): TemplateResult {
    const asked = this.parameters.filter((one) => one.default === undefined || this.parameters.length < 8);
    const chosen = this.parameters.filter((one) => !asked.includes(one));
    return html`${asked.map((one) => this.field(one, user))}
    ${chosen.length
      ? html`<details><summary>${t("form.chosen", { n: chosen.length })}</summary>${chosen.map((one) => this.field(one, user))}</details>`
      : nothing}`;
  }

  private field(parameter: Parameter, user?: string): TemplateResult {
    const id = `${this.id}-${parameter.name}`;
    const value = this.value(parameter, user);
    const wrong = value instanceof Wrong && this.touched.has(parameter.name) ? value : null;
    const bounds = boundsText(parameter);
    return html`<div class="field">
      <label for=${id}>${foreign(words(parameter.label), { limit: 120 })}</label>
      ${this.input(parameter, id, Boolean(wrong))}
      <small id="${id}-help">${parameter.help ? foreign(words(parameter.help), { limit: 500 }) : nothing} ${bounds}</small>
      ${wrong ? html`<span class="wrong" id="${id}-wrong" role="alert">✕ ${has(wrong.key) ? t(wrong.key, wrong.values) : wrong.key}</span>` : nothing}
    </div>`;
  }

  private input(parameter: Parameter, id: string, wrong: boolean): TemplateResult {
    const text = this.text(parameter);
    const said = (event: Event): void => {
      const typed = (event.target as HTMLInputElement).value;
      this.set(parameter.name, parameter.unit === "basis points" && /^[0-9.]+$/.test(typed.trim()) ? `${typed.trim()} %` : typed);
    };
    const described = wrong ? `${id}-help ${id}-wrong` : `${id}-help`;
    if (parameter.choices.length) {
      return html`<select id=${id} aria-describedby=${described} @change=${said}>
        ${parameter.default === undefined ? html`<option value="" ?selected=${text === ""}>${t("form.choose")}</option>` : nothing}
        ${parameter.choices.map((one) => html`<option value=${one.value} ?selected=${text === one.value}>${words(one).slice(0, 80)}</option>`)}
      </select>`;
    }
    if (parameter.type === "bool") {
      return html`<select id=${id} aria-describedby=${described} @change=${said}>
        <option value="true" ?selected=${text === "true"}>${t("yes")}</option><option value="false" ?selected=${text !== "true"}>${t("no")}</option>
      </select>`;
    }
    if (parameter.unit === "digest" || parameter.unit === "work" || parameter.unit === "cid") {
      return html`<div class="row">
        <input id=${id} autocomplete="off" spellcheck="false" aria-describedby=${described} aria-invalid=${wrong} .value=${text} @input=${said} />
        <label class="button">${t("form.file")}<input type="file" class="sr" @change=${(event: Event) => void this.hash(parameter, event)} /></label>
      </div>`;
    }
    if (parameter.unit === "time") {
      return html`<div class="row"><input id=${id} autocomplete="off" placeholder="2027-01-31T18:00:00Z" aria-describedby=${described} aria-invalid=${wrong} .value=${text} @input=${said} />
        <input type="datetime-local" aria-label=${`${words(parameter.label).slice(0, 80)}: ${t("form.calendar")}`} @change=${(event: Event) => {
          const at = Date.parse((event.target as HTMLInputElement).value);
          if (!Number.isNaN(at)) this.set(parameter.name, new Date(at).toISOString().replace(/\.\d+Z$/, "Z"));
        }} /></div>`;
    }
    const unit = parameter.unit === "MZ" || parameter.unit === "ETH" ? parameter.unit : parameter.unit === "token" ? this.money.symbol : parameter.unit === "basis points" ? "%" : "";
    return html`<div class="row">
      <input id=${id} autocomplete="off" spellcheck="false" inputmode=${["MZ", "ETH", "count", "basis points"].includes(parameter.unit ?? "") && !parameter.type.endsWith("]") ? "decimal" : "text"} placeholder=${example(parameter)} aria-describedby=${described} aria-invalid=${wrong} list=${this.offered.length && parameter.type.startsWith("address") ? `${id}-list` : nothing} .value=${unit === "MZ" ? text.replace(/ MZ$/, "") : unit === "%" ? text.replace(/ ?%$/, "") : text} @input=${said} />
      ${unit ? html`<span class="quiet">${unit}</span>` : nothing}
      ${this.offered.length && parameter.type.startsWith("address") ? html`<datalist id=${`${id}-list`}>${this.offered.map((one) => html`<option value=${one}></option>`)}</datalist>` : nothing}
    </div>`;
  }

  /** Hashed here: the file itself is not sent anywhere. */
  private async hash(parameter: Parameter, event: Event): Promise<void> {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (!file) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (parameter.unit === "cid") {
      const { contentId } = await import("../net/cid");
      this.set(parameter.name, (await contentId(bytes)).cid);
    } else {
      this.set(parameter.name, await sha256(bytes));
    }
  }
}

function boundsText(parameter: Parameter): string {
  const { min, max } = parameter;
  if (min === undefined && max === undefined) return "";
  if (min !== undefined && max !== undefined) return t("form.between", { least: min, most: max });
  return min !== undefined ? t("form.least", { least: min }) : t("form.most", { most: max! });
}

function example(parameter: Parameter): string {
  switch (parameter.unit) {
    case "seconds":
      return "30 days";
    case "basis points":
      return "2.5";
    case "account":
      return "0x…";
    default:
      return "";
  }
}

/** Values as people read them, for summaries. */
export function summary(parameters: readonly Parameter[], values: Record<string, unknown>): TemplateResult {
  return html`<dl class="facts">${parameters.map((one) => html`<div><dt>${foreign(words(one.label), { limit: 80 })}</dt><dd>${foreign(show(one, values[one.name]), { limit: 200 })}</dd></div>`)}</dl>`;
}
