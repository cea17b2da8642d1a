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
}

export interface Action {
  name: string;
  label: Text;
  who: string;
  when?: string;
  function?: string;
  payment?: { token: string; amount: string; hold?: boolean; ref?: string };
  arguments: Parameter[];
}

export interface State {
  name: string;
  view: string;
  sentence: Text;
  units: Record<string, string>;
  deadline?: string;
  otherwise?: Text;
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
  initialiser?: string;
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
    initialiser: optional(found["initialiser"]),
    parameters: tables(found["parameter"]).map(parameter),
    actions: tables(found["action"]).map((one) => ({
      name: string(one["name"]),
      label: text(one["label"]),
      who: string(one["who"]),
      when: optional(one["when"]),
      function: optional(one["function"]),
      payment: one["payment"] ? payment(table(one["payment"])) : undefined,
      arguments: tables(one["argument"]).map(parameter),
    })),
    states: tables(found["state"]).map((one) => ({
      name: string(one["name"]),
      view: string(one["view"]),
      sentence: text(one["sentence"]),
      units: Object.fromEntries(Object.entries(table(one["units"])).map(([k, v]) => [k, String(v)])),
      deadline: optional(one["deadline"]),
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
    choices: tables(one["choices"]).map((choice) => ({ ...text(choice), value: String(choice["value"]) })),
  };
}

function payment(one: Table): NonNullable<Action["payment"]> {
  return {
    token: string(one["token"]),
    amount: string(one["amount"]),
    hold: one["hold"] === true,
    ref: optional(one["ref"]),
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
