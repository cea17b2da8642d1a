/** A form out of a manifest's parameters: unit, bounds, help, choices; what is wrong is said at once, beside its field. */

import { html, nothing, type TemplateResult } from "lit";
import { sha256 } from "../net/cid";
import { exact, grouped } from "../show/amount";
import { foreign } from "../show/foreign";
import { has, t } from "../words";
import { rowsOf, textOf, type Row } from "./list-text";
import { words, type Parameter } from "./manifest";
import { check, MZ, show, sums, Wrong, type Money, type Value } from "./units";

export class ParameterForm {
  private texts = new Map<string, string>();
  private touched = new Set<string>();
  money: Money = MZ;
  /** What stands for something else, such as another part's address in a combination, before a text is read. */
  fill: (text: string) => string = (text) => text;
  /** Texts that are offered for addresses. */
  offered: readonly string[] = [];
  /** Texts to choose from, by parameter: what the instance lists now. Any other may still be written. */
  options = new Map<string, readonly string[]>();

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

  /** Those values that are there and right. */
  given(user?: string): Record<string, Value> {
    const found = this.parameters.map((one) => [one.name, this.value(one, user)] as const);
    return Object.fromEntries(found.filter((one): one is readonly [string, Value] => !(one[1] instanceof Wrong)));
  }

  /** Whether anything was written yet. */
  get begun(): boolean {
    return this.touched.size > 0;
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
    if (parameter.type.endsWith("]")) {
      const rows = rowsOf(parameter, this.text(parameter));
      if (rows) return this.list(parameter, id, rows, wrong, user);
    }
    return html`<div class="field">
      <label for=${id}>${foreign(words(parameter.label), { limit: 120 })}</label>
      ${this.input(parameter, id, Boolean(wrong))} ${this.choice(parameter, id)}
      <small id="${id}-help">${parameter.help ? foreign(words(parameter.help), { limit: 500 }) : nothing} ${bounds}</small>
      ${wrong ? html`<span class="wrong" id="${id}-wrong" role="alert">✕ ${has(wrong.key) ? t(wrong.key, wrong.values) : wrong.key}</span>` : nothing}
    </div>`;
  }

  /** A list as one field for each element (of structs: for each of its fields), to add to and take from. */
  private list(parameter: Parameter, id: string, rows: Row[], wrong: Wrong | null, user?: string): TemplateResult {
    const element = { ...parameter, type: parameter.type.replace(/\[\d*\]$/, "") };
    const fields = parameter.fields ?? [element];
    const fixed = /\[\d+\]$/.test(parameter.type);
    const say = (changed: Row[]): void => this.set(parameter.name, textOf(parameter, changed));
    return html`<fieldset class="field list" id="${id}-list">
      <legend>${foreign(words(parameter.label), { limit: 120 })}</legend>
      ${rows.map((row, i) => html`<div class="row element">
        ${fields.map((field, j) => {
          const label = parameter.fields ? foreign(words(field.label), { limit: 80 }) : html`${i + 1}`;
          const off = row[j] !== "" && this.wrongElement(field, row[j]!, user);
          return html`<label for="${id}-${i}-${j}"><span class="quiet">${label}</span>
            <input id="${id}-${i}-${j}" autocomplete="off" spellcheck="false" placeholder=${example(field)} aria-invalid=${Boolean(off)} aria-describedby="${id}-help"
              .value=${row[j] ?? ""} @input=${(event: Event) => {
                const typed = (event.target as HTMLInputElement).value;
                say(rows.map((one, n) => (n === i ? one.map((text, m) => (m === j ? typed : text)) : one)));
              }} /></label>`;
        })}
        ${fixed ? nothing : html`<button type="button" class="plain" aria-label=${t("form.remove", { n: i + 1 })} @click=${() => say(rows.filter((_, n) => n !== i))}>✕</button>`}
      </div>`)}
      ${fixed ? nothing : html`<button type="button" id="${id}-add" @click=${() => say([...rows, fields.map((field) => field.default ?? "")])}>${t("form.add")}</button>`}
      <small id="${id}-help">${parameter.help ? foreign(words(parameter.help), { limit: 500 }) : nothing} ${boundsText(parameter)} ${this.counted(parameter, rows, user)}</small>
      ${wrong ? html`<span class="wrong" id="${id}-wrong" role="alert">✕ ${has(wrong.key) ? t(wrong.key, wrong.values) : wrong.key}</span>` : nothing}
    </fieldset>`;
  }

  /** How many elements there are and may be, and what they add up to and should. */
  private counted(parameter: Parameter, rows: Row[], user?: string): unknown {
    const { items } = parameter;
    const allowed = items && (items.max === undefined ? `≥ ${items.min}` : `${items.min}–${items.max}`);
    const said = [allowed && t("form.items", { n: rows.length, allowed })];
    try {
      const bare = { ...parameter, items: undefined, sum: undefined, fields: parameter.fields?.map((one) => ({ ...one, sum: undefined })) };
      const values = check(bare as Parameter, this.fill(textOf(parameter, rows)), user, this.money) as Value[];
      for (const { one, total, wanted } of sums(parameter, values, user, this.money)) {
        said.push(t("form.addsUp", { found: show(one, total, this.money), wanted: show(one, wanted, this.money) }));
      }
    } catch {
      // An element cannot be read: it is marked itself.
    }
    return html`<span role="status">${said.filter(Boolean).join(" ")}</span>`;
  }

  private wrongElement(field: Parameter, text: string, user?: string): boolean {
    try {
      check({ ...field, items: undefined, sum: undefined } as Parameter, this.fill(text), user, this.money);
      return false;
    } catch {
      return true;
    }
  }

  /** What the instance offers for this field now. */
  private choice(parameter: Parameter, id: string): unknown {
    const options = this.options.get(parameter.name) ?? [];
    if (!options.length) return nothing;
    return html`<div class="row options" role="group" aria-label=${t("form.options")}>
      ${options.map((one, i) => html`<button type="button" id="${id}-option-${i}" aria-pressed=${this.text(parameter) === one} @click=${() => this.set(parameter.name, one)}>${foreign(one, { limit: 60 })}</button>`)}
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
  const plain = (text: string | undefined): string | undefined => text?.replace(/\b\d{5,}(?= ?MZ$|$)/g, grouped);
  const [min, max] = [plain(parameter.min), plain(parameter.max)];
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
