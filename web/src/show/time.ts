/** Times: relative for a day, then absolute; deadlines always both. From block time, not from this machine's clock. */

import { html, type TemplateResult } from "lit";
import { language, t } from "../words";

const YEAR_10000 = 253_402_300_800;

export function zone(): string {
  const minutes = -new Date().getTimezoneOffset();
  const sign = minutes < 0 ? "−" : "+";
  const whole = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `UTC${sign}${whole}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

export function absolute(seconds: number): string {
  if (seconds >= YEAR_10000) return t("time.never");
  const d = new Date(seconds * 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const clock = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
  const day =
    language() === "zh"
      ? `${d.getFullYear()}年${d.getMonth() + 1}月${d.getDate()}日`
      : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  return `${day} ${clock} ${zone()}`;
}

export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return t("time.seconds", { n: s });
  if (s < 3600) return t("time.minutes", { n: Math.floor(s / 60) });
  if (s < 86_400) return t("time.hours", { n: Math.floor(s / 3600) });
  const days = Math.floor(s / 86_400);
  return days === 1 ? t("time.day") : t("time.days", { n: days });
}

export function ago(timestamp: number): TemplateResult {
  const passed = Date.now() / 1000 - timestamp;
  const text = passed < 86_400 ? t("time.ago", { span: span(passed) }) : absolute(timestamp);
  return html`<time datetime=${new Date(timestamp * 1000).toISOString()} title=${absolute(timestamp)}>${text}</time>`;
}

/** Both, where there is room: within a day relative, too. */
export function when(timestamp: number): TemplateResult {
  return Date.now() / 1000 - timestamp < 86_400 ? html`${ago(timestamp)} · ${absolute(timestamp)}` : ago(timestamp);
}

/** `now` is the head's time. */
export function deadline(timestamp: number, now: number): string {
  if (timestamp >= YEAR_10000) return t("time.never");
  const left = timestamp - now;
  return left >= 0
    ? t("time.left", { time: absolute(timestamp), span: span(left) })
    : t("time.over", { time: absolute(timestamp), span: span(-left) });
}

/** A length of time in the words of the manifests' unit `seconds`. */
export function duration(seconds: bigint): string {
  const units: [string, bigint][] = [
    ["time.days", 86_400n],
    ["time.hours", 3600n],
    ["time.minutes", 60n],
  ];
  for (const [key, scale] of units) {
    if (seconds === 86_400n) return t("time.day");
    if (seconds && seconds % scale === 0n) return t(key as "time.days", { n: (seconds / scale).toString() });
  }
  return t("time.seconds", { n: seconds.toString() });
}
