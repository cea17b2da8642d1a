import { describe, expect, it } from "vitest";
import { rowsOf, textOf } from "../src/gallery/list-text";
import { check, parse, show, Wrong } from "../src/gallery/units";
import type { Parameter } from "../src/gallery/manifest";

const of = (type: string, unit?: string, more: Partial<Parameter> = {}): Parameter => ({
  name: "x",
  type,
  label: { en: "X" },
  choices: [],
  ...(unit ? { unit } : {}),
  ...more,
});
const wrong = (work: () => unknown): string => {
  try {
    work();
  } catch (problem) {
    if (problem instanceof Wrong) return problem.key;
    throw problem;
  }
  return "";
};

describe("units", () => {
  it("mean what the command line means", () => {
    expect(parse(of("uint96", "MZ"), "2.5 MZ")).toBe(2_500_000_000_000_000_000n);
    expect(parse(of("uint32", "seconds"), "30 days")).toBe(2_592_000n);
    expect(parse(of("uint64", "time"), "2027-01-31T18:00:00Z")).toBe(1_801_418_400n);
    expect(parse(of("uint16", "basis points"), "2.5 %")).toBe(250n);
    expect(parse(of("bytes32"), "hi")).toBe(`0x6869${"0".repeat(60)}`);
    expect(parse(of("uint256", "work"), "")).toBe(0n);
  });

  it("show what they read", () => {
    expect(show(of("uint96", "MZ"), 2_500_000_000_000_000_000n)).toBe("2.5 MZ");
    expect(show(of("uint16", "basis points"), 250n)).toBe("2.5 %");
  });

  it("refuse with a reason, and never round", () => {
    expect(wrong(() => parse(of("uint96", "MZ"), "1.0000000000000000001"))).toBe("wrong.decimals");
    expect(wrong(() => parse(of("uint8"), "256"))).toBe("wrong.range");
    expect(wrong(() => parse(of("uint96", "MZ"), "-1"))).toBe("wrong.amount");
    expect(wrong(() => parse(of("uint32", "seconds"), "3 fortnights"))).toBe("wrong.length");
    expect(wrong(() => parse(of("bytes32", "cid"), "bafkrei"))).toBe("wrong.cid");
    expect(wrong(() => check(of("uint96", "MZ", { min: "1 MZ", max: "2 MZ" }), "3"))).toBe("wrong.between");
    expect(wrong(() => check(of("uint96", "MZ"), ""))).toBe("wrong.missing");
  });

  it("count the elements of a list and add up what must add up", () => {
    const parts = of("uint16[]", "basis points", { items: { min: 1, max: 3 }, sum: "100 %" });
    expect(check(parts, "30 %, 70 %")).toEqual([3000n, 7000n]);
    expect(wrong(() => check(parts, "30 %, 60 %"))).toBe("wrong.sum");
    expect(wrong(() => check(parts, "25 %, 25 %, 25 %, 25 %"))).toBe("wrong.items");
    expect(wrong(() => check(of("uint64[2]"), "1"))).toBe("wrong.items");
    const shares = of("tuple[]", undefined, {
      fields: [of("address", "account", { name: "to" }), of("uint16", "basis points", { name: "part", sum: "100 %" })],
    });
    const to = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
    expect(check(shares, `[{"to": "${to}", "part": "60 %"}, ["${to}", "40 %"]]`)).toHaveLength(2);
    expect(wrong(() => check(shares, `[{"to": "${to}", "part": "60 %"}]`))).toBe("wrong.sum");
  });

  it("write a list as it was read", () => {
    const parts = of("uint16[]", "basis points");
    expect(textOf(parts, rowsOf(parts, "30 %, 70 %")!)).toBe("30 %, 70 %");
    const texts = of("string[]");
    expect(rowsOf(texts, textOf(texts, [["a, b"], ["c"]]))).toEqual([["a, b"], ["c"]]);
    expect(rowsOf(texts, textOf(texts, [[""]]))).toEqual([[""]]);
    const shares = of("tuple[]", undefined, { fields: [of("string", undefined, { name: "to" }), of("uint8", undefined, { name: "n" })] });
    expect(rowsOf(shares, textOf(shares, [["x", "1"]]))).toEqual([["x", "1"]]);
    expect(rowsOf(shares, "[{")).toBeNull();
  });

  it("notice a mistyped letter in an address", () => {
    const right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"; // EIP-55's own example
    expect(parse(of("address", "account"), right)).toBe(right);
    expect(parse(of("address", "account"), right.toLowerCase())).toBe(right);
    expect(wrong(() => parse(of("address", "account"), right.replace("aAeb", "AAeb")))).toBe("wrong.checksum");
  });
});
