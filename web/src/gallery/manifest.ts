/** `template.toml` as the page needs it. The registry's check has refused what is malformed; here everything is hostile
 * still, so each field is taken only in the shape it must have. */

import { parse } from "smol-toml";
import { language } from "../words";

export interface Text {
  en: string;
  zh?: string;
}

export interface Choice extends Text {
  value: string;
}

export interface Parameter {
  name: string;
  type: string;
  unit?: string;
  label: Text;
  help?: Text;
  default?: string;
  min?: string;
  max?: string;
  choices: Choice[];
  items?: { min: number; max?: number }; // how many elements a list may have
  sum?: string; // what a list's integers, or this field of a list's structs, must add up to
  options?: string; // a call that returns values to choose from; of an argument
  fields?: Parameter[]; // of a struct
}

/** One transaction: a call, a payment or deposit through the Till, a transfer or an approval of tokens. */
export interface Deed {
  kind: "function" | "payment" | "hold" | "transfer" | "approve";
  function?: string;
  token?: string;
  amount?: string;
  ref?: string;
  data?: string[];
  to?: string;
  spender?: string;
  id?: string;
}

export interface Step {
  label?: Text;
  when?: string;
  deed: Deed;
}

export interface Action {
  name: string;
  label: Text;
  help?: Text;
  who: string[]; // any of them; "anyone" alone
  when?: string;
  steps: Step[]; // an action of one deed has one
  arguments: Parameter[];
}

export interface State {
  name: string;
  view: string;
  sentence: Text;
  units: Record<string, string>;
  choices: Record<string, Choice[]>;
  when?: string;
  deadline?: string;
  otherwise?: Text;
  pot?: { token: string; ref: string };
  arguments: Parameter[];
}

export interface Manifest {
  name: string;
  version: string;
  licence: string;
  kind: string;
  title: Text;
  summary: Text;
  price: string;
  shareBps: number;
  payee?: string;
  constructor_: string[];
  packed: boolean; // parameters carried without padding
  initialiser?: string;
  currency?: { parameter: string | undefined; view: string };
  parameters: Parameter[];
  actions: Action[];
  states: State[];
}

type Table = Record<string, unknown>;
const MAX_BYTES = 64 * 1024;
const MAX_ENTRIES = 100;

/** Throws for what is no manifest at all. */
export function readManifest(toml: string): Manifest {
  if (toml.length > MAX_BYTES) throw new Error("template.toml is too long");
  const found = parse(toml) as Table;
  const terms = table(found["terms"]);
  return {
    name: string(found["name"]),
    version: string(found["version"]),
    licence: string(found["licence"]),
    kind: string(found["kind"]),
    title: text(found["title"]),
    summary: text(found["summary"]),
    price: string(terms["price"]),
    shareBps: Number(terms["share_bps"] ?? 0),
    payee: optional(terms["payee"]),
    constructor_: Array.isArray(found["constructor"]) ? found["constructor"].map(String) : [],
    packed: found["encoding"] === "packed",
    initialiser: optional(found["initialiser"]),
    parameters: tables(found["parameter"]).map(parameter),
    ...(found["currency"] ? { currency: currency(table(found["currency"])) } : {}),
    actions: tables(found["action"]).map((one) => ({
      name: string(one["name"]),
      label: text(one["label"]),
      ...(one["help"] ? { help: text(one["help"]) } : {}),
      who: Array.isArray(one["who"]) ? one["who"].map(String) : [string(one["who"])],
      when: optional(one["when"]),
      steps: Array.isArray(one["step"])
        ? tables(one["step"]).map((step) => ({
            ...(step["label"] ? { label: text(step["label"]) } : {}),
            when: optional(step["when"]),
            deed: deed(step),
          }))
        : [{ deed: deed(one) }],
      arguments: tables(one["argument"]).map(parameter),
    })),
    states: tables(found["state"]).map((one) => ({
      name: string(one["name"]),
      view: string(one["view"]),
      sentence: text(one["sentence"]),
      units: Object.fromEntries(Object.entries(table(one["units"])).map(([k, v]) => [k, String(v)])),
      choices: Object.fromEntries(Object.entries(table(one["choices"])).map(([name, list]) => [name, tables(list).map(choice)])),
      when: optional(one["when"]),
      deadline: optional(one["deadline"]),
      ...(one["pot"] ? { pot: { token: string(table(one["pot"])["token"]), ref: string(table(one["pot"])["ref"]) } } : {}),
      otherwise: one["otherwise"] ? text(one["otherwise"]) : undefined,
      arguments: tables(one["argument"]).map(parameter),
    })),
  };
}

/** In the reader's language, English where there is none. */
export function words(text: Text | undefined): string {
  if (!text) return "";
  return language() === "zh" && text.zh ? text.zh : text.en;
}

function parameter(one: Table): Parameter {
  return {
    name: string(one["name"]),
    type: string(one["type"]),
    unit: optional(one["unit"]),
    label: text(one["label"]),
    help: one["help"] ? text(one["help"]) : undefined,
    default: optional(one["default"]),
    min: optional(one["min"]),
    max: optional(one["max"]),
    choices: tables(one["choices"]).map(choice),
    ...(one["items"] ? { items: range(table(one["items"])) } : {}),
    sum: optional(one["sum"]),
    options: optional(one["options"]),
    ...(one["field"] ? { fields: tables(one["field"]).map(parameter) } : {}),
  };
}

function range(one: Table): { min: number; max?: number } {
  const [min, max] = [Number(one["min"] ?? 0), Number(one["max"])];
  return { min: Number.isSafeInteger(min) ? min : 0, ...(Number.isSafeInteger(max) ? { max } : {}) };
}

function choice(one: Table): Choice {
  return { ...text(one), value: String(one["value"]) };
}

function currency(one: Table): { parameter: string | undefined; view: string } {
  return { parameter: optional(one["parameter"]), view: string(one["view"]) };
}

function deed(one: Table): Deed {
  if (typeof one["function"] === "string") return { kind: "function", function: one["function"] };
  const kind = (["payment", "hold", "transfer", "approve"] as const).find((name) => one[name]) ?? "function";
  const of = table(one[kind]);
  const data = of["data"];
  return {
    kind,
    token: optional(of["token"]),
    amount: optional(of["amount"]),
    ref: optional(of["ref"]),
    to: optional(of["to"]),
    spender: optional(of["spender"]),
    id: optional(of["id"]),
    ...(Array.isArray(data) ? { data: data.map(String) } : {}),
  };
}

function table(value: unknown): Table {
  return value && typeof value === "object" && !Array.isArray(value) ? (value as Table) : {};
}

function tables(value: unknown): Table[] {
  return Array.isArray(value) ? value.slice(0, MAX_ENTRIES).map(table) : [];
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function optional(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function text(value: unknown): Text {
  const found = table(value);
  return { en: string(found["en"]), zh: optional(found["zh"]) };
}
