/** Amounts, ages and addresses as a person reads them. */

/** Wei of an 18-decimal token as a grouped decimal; exact, trailing zeros of the fraction dropped. */
export function mz(wei: bigint): string {
  const whole = wei / 10n ** 18n;
  const fraction = (wei % 10n ** 18n).toString().padStart(18, "0").replace(/0+$/, "");
  const grouped = whole.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction ? `${grouped}.${fraction}` : grouped;
}

/** Seconds since a Unix time, in the largest fitting unit. Automine may stamp blocks ahead of the clock. */
export function age(timestamp: number, now: number): string {
  const seconds = Math.max(0, Math.round(now - timestamp));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** First and last bytes; the whole address is in the cell's title. */
export function short(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}
