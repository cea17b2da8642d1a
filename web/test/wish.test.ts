import { describe, expect, it } from "vitest";
import type { Parameter } from "../src/gallery/manifest";
import { packed } from "../src/gallery/wish";

const of = (name: string, type: string, fields?: Parameter[]): Parameter => ({
  name,
  type,
  label: { en: name },
  choices: [],
  ...(fields ? { fields } : {}),
});
const user = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

describe("packed parameters", () => {
  it("are the bytes that the command line sends", () => {
    const parameters = [
      of("steps", "uint48[]"),
      of("keeper", "address"),
      of("price", "uint96"),
      of("colour", "uint8"),
      of("pair", "uint16[2]"),
      of("recipients", "tuple[]", [of("to", "address"), of("part", "uint16")]),
    ];
    const values = {
      steps: [86_400n, 172_800n],
      keeper: user,
      price: 25n * 10n ** 17n,
      colour: 1n,
      pair: [1n, 258n],
      recipients: [
        { to: user, part: 6_000n },
        { to: `0x${"22".repeat(20)}`, part: 4_000n },
      ],
    };
    const account = user.slice(2).toLowerCase();
    const fixed = [account, "0000000022b1c8c1227a0000", "01", "0001", "0102"];
    const lists = ["02", "000000015180", "00000002a300", "02", account, "1770", "22".repeat(20), "0fa0"];

    // tests/unit/registry/test_parameters.py has the same bytes.
    expect(packed(parameters, values)).toBe(`0x${[...fixed, ...lists].join("")}`);
  });
});
