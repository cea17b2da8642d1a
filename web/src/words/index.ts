/** Words in the reader's language, by area of the page. A key that one language lacks does not compile. */

import { explore } from "./en/explore";
import { frame } from "./en/frame";
import { gallery } from "./en/gallery";
import { wallet } from "./en/wallet";
import { explore as exploreZh } from "./zh/explore";
import { frame as frameZh } from "./zh/frame";
import { gallery as galleryZh } from "./zh/gallery";
import { wallet as walletZh } from "./zh/wallet";

const en = { ...frame, ...explore, ...gallery, ...wallet };
const zh = { ...frameZh, ...exploreZh, ...galleryZh, ...walletZh };

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
