import { describe, expect, it } from "vitest";
import { cut, exact, fixed, parseAmount, percent, placesOf } from "../src/show/amount";

const MZ = 10n ** 18n;

describe("amounts", () => {
  it("are exact and grouped by three", () => {
    expect(exact(99_812_440_310_000_000_000_000_000n, 18)).toBe("99,812,440.31");
    expect(exact(0n, 18)).toBe("0");
    expect(exact(-5n * MZ, 18)).toBe("−5");
    expect(exact(2n ** 256n - 1n, 0)).toBe(
      "115,792,089,237,316,195,423,570,985,008,687,907,853,269,984,665,640,564,039,457,584,007,913,129,639,935",
    );
  });

  it("are cut, never rounded up, and say so", () => {
    expect(cut(1_999_999_999_999_999_999n, 18, 2)).toBe("1.99…");
    expect(cut(1n, 18, 6)).toBe("<0.000001");
    expect(cut(1_500_000_000_000_000_000n, 18, 6)).toBe("1.5");
    expect(cut(7n, 200, 6)).toBe("7");
  });

  it("have the same decimals in a breakdown, and add up", () => {
    const parts = [24_750_000_000_000_000_000n, 250_000_000_000_000_000n];
    const places = placesOf(parts, 18);
    expect(parts.map((raw) => fixed(raw, 18, places))).toEqual(["24.75", "0.25"]);
  });

  it("are read without guessing", () => {
    expect(parseAmount("1,234.5", 18)).toEqual({ raw: 1_234_500_000_000_000_000_000n });
    expect(parseAmount(".5", 18)).toEqual({ raw: 500_000_000_000_000_000n });
    expect(parseAmount("1e3", 18)).toEqual({ wrong: "notNumber" });
    expect(parseAmount("0.0000000000000000001", 18)).toEqual({ wrong: "decimals" });
    expect(parseAmount("9".repeat(78), 18)).toEqual({ wrong: "tooBig" });
  });

  it("as shares are exact percentages", () => {
    expect([percent(200), percent(75), percent(1)]).toEqual(["2 %", "0.75 %", "0.01 %"]);
  });
});
