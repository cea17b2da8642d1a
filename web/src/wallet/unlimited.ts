/** "Unlimited" is said of what no supply reaches, never of a finite cap. */

export function isUnlimited(value: bigint): boolean {
  return value >= 2n ** 128n;
}
