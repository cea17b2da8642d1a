/** A list's text, as a manifest's list is written: `1 MZ, 2 MZ`, or JSON; and its rows, each a text or, of a struct, a text
 * for each field. */

import type { Parameter } from "./manifest";

export type Row = string[];

/** The rows a text holds; null when it cannot be read as a list. */
export function rowsOf(parameter: Parameter, text: string): Row[] | null {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  if (!parameter.fields && !trimmed.startsWith("[")) return trimmed.split(",").map((one) => [one.trim()]);
  let found: unknown;
  try {
    found = JSON.parse(trimmed);
  } catch {
    return null;
  }
  if (!Array.isArray(found)) return null;
  const { fields } = parameter;
  if (!fields) return found.map((one) => [String(one)]);
  return found.map((one: unknown) => {
    const values = (one && typeof one === "object" ? one : {}) as Record<string | number, unknown>;
    return fields.map((field, i) => String(values[Array.isArray(one) ? i : field.name] ?? field.default ?? ""));
  });
}

/** The text of rows: divided by commas where that can be read back, JSON otherwise. */
export function textOf(parameter: Parameter, rows: readonly Row[]): string {
  if (!parameter.fields) {
    const texts = rows.map((row) => row[0] ?? "");
    const plain = texts.length !== 1 || texts[0] !== "";
    return plain && texts.every((one) => !/[,[\]"]/.test(one)) ? texts.join(", ") : JSON.stringify(texts);
  }
  const names = parameter.fields.map((field) => field.name);
  return JSON.stringify(rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? ""]))));
}
