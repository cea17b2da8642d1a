/** Text that we did not write: made harmless, bounded, and marked when it pretends to be something else. */

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { t } from "../words";

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/g;
const INVISIBLE = /[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2064\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]|[\u{e0000}-\u{e0fff}]/gu;
const MARKS = /(\p{M}{3})\p{M}+/gu;
/** Letters of other scripts that look like Latin ones, folded to them; enough for the names that matter here. */
const LOOKS: Record<string, string> = {
  А: "A", В: "B", Е: "E", К: "K", М: "M", Н: "H", О: "O", Р: "P", С: "C", Т: "T", Х: "X", а: "a", е: "e", о: "o", р: "p",
  с: "c", х: "x", у: "y", і: "i", ј: "j", ѕ: "s", ԁ: "d", һ: "h", ӏ: "l", Ζ: "Z", Μ: "M", Ε: "E", Τ: "T", Η: "H", Ι: "I",
  Α: "A", Β: "B", Κ: "K", Ν: "N", Ο: "O", Ρ: "P", Υ: "Y", Χ: "X", ο: "o", ν: "v", ι: "i", τ: "t", м: "m", т: "t", 〇: "O",
  "0": "O", "1": "l", "|": "l",
};
const OURS = ["mz", "mzcoin", "eth", "ether", "till", "templates"];

export interface Cleaned {
  text: string;
  cut: boolean;
  hidden: boolean; // invisible characters were taken out
  mixed: boolean; // scripts that look like each other, or a whole word in a lookalike script
  ours: boolean; // reads like one of the platform's own names
}

/** Bounded, visible, one direction at a time. */
export function cleaned(raw: string, limit = 64): Cleaned {
  const start = raw.slice(0, limit * 16).normalize("NFC");
  const visible = start.replace(INVISIBLE, "");
  const shown = visible
    .replace(MARKS, "$1")
    .replace(CONTROLS, (one) => `⟨U+${one.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`);
  const pieces = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(shown)].map((one) => one.segment);
  const text = pieces.slice(0, limit).join("");
  const folded = skeleton(text);
  return {
    text,
    cut: pieces.length > limit || raw.length > limit * 16,
    hidden: visible !== start,
    mixed: confusable(text),
    ours: OURS.includes(folded),
  };
}

function skeleton(text: string): string {
  return [...text.normalize("NFKD").replace(/\p{M}/gu, "")]
    .map((one) => LOOKS[one] ?? one)
    .join("")
    .toLowerCase()
    .trim();
}

function confusable(text: string): boolean {
  const scripts = ["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee"].filter((script) =>
    new RegExp(`\\p{Script=${script}}`, "u").test(text),
  );
  if (scripts.length > 1) return true;
  const letters = [...text].filter((one) => /\p{L}/u.test(one));
  return scripts.length === 1 && scripts[0] !== "Latin" && letters.length > 0 && letters.every((one) => one in LOOKS);
}

/** The only way foreign text is printed. `trusted`: it stands at an address of the platform itself. */
export class MzForeign extends LitElement {
  static override properties = {
    text: { attribute: false },
    limit: { type: Number },
    trusted: { type: Boolean },
    name_: { attribute: false },
  };
  text = "";
  limit = 64;
  trusted = false;
  name_ = false; // a name or symbol, which could pretend to be one of ours

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const found = cleaned(this.text, this.limit);
    const flag = (word: string): TemplateResult => html`<em class="flag">${word}</em>`;
    return html`<bdi class="foreign" dir="auto">${found.text}${found.cut ? "…" : nothing}</bdi
      >${found.hidden ? flag(t("foreign.hidden")) : nothing}${found.mixed ? flag(t("foreign.mixed")) : nothing}${
        this.name_ && found.ours && !this.trusted ? flag(t("foreign.ours")) : nothing
      }`;
  }
}
customElements.define("mz-foreign", MzForeign);

export function foreign(text: string, options: { limit?: number; name?: boolean; trusted?: boolean } = {}): TemplateResult {
  return html`<mz-foreign
    .text=${text}
    .limit=${options.limit ?? 64}
    .name_=${options.name ?? false}
    .trusted=${options.trusted ?? false}
  ></mz-foreign>`;
}
