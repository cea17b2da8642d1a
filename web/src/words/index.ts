/** Words in the reader's language. A key that one language lacks does not compile. */

import { en } from "./en";
import { zh } from "./zh";

export type Key = keyof typeof en;
export type Language = "en" | "zh";

const words: Record<Language, Record<Key, string>> = { en, zh };

export function language(): Language {
  return document.documentElement.lang === "zh" ? "zh" : "en";
}

/** `{name}` in the words stands for a value of that name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return words[language()][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function has(key: string): key is Key {
  return key in en;
}
