import { describe, expect, it } from "vitest";
import { continuous } from "../src/net/data";
import { besides } from "../src/explore/rounds";

describe("a series", () => {
  it("has the spans in which nothing happened", () => {
    const found = continuous({ step: 3600, names: ["all"], buckets: [{ time: 7200 }, { time: 18000 }] as never });

    expect(found.map((one) => one.time)).toEqual([7200, 10800, 14400, 18000]);
  });

  it("without buckets has none", () => {
    expect(continuous({ step: 3600, names: [], buckets: [] })).toEqual([]);
  });
});

describe("a price beside its reference", () => {
  it.each([
    [35n, 70n, "0.50"],
    [5_000_000n, 7_000_000n, "0.71"],
    [105n, 70n, "1.50"],
    [1n, 0n, "0.00"],
  ])("%s of %s is %s", (price, anchor, text) => {
    expect(besides(price, anchor)).toBe(text);
  });
});
