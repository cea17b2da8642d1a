import { describe, expect, it } from "vitest";
import { cleaned } from "../src/show/foreign";

describe("foreign text", () => {
  it("cannot turn the direction of what follows", () => {
    expect(cleaned("a\u202eb").text).toBe("a⟨U+202E⟩b");
  });

  it("loses what cannot be seen, and says so", () => {
    const found = cleaned("M\u200bZ");
    expect([found.text, found.hidden, found.ours]).toEqual(["MZ", true, true]);
  });

  it("is noticed when it dresses up as ours", () => {
    expect(cleaned("ЕТН")).toMatchObject({ mixed: true, ours: true }); // Cyrillic, whole word
    expect(cleaned("МZ")).toMatchObject({ mixed: true, ours: true }); // one Cyrillic letter
    expect(cleaned("Template")).toMatchObject({ mixed: false, ours: false });
  });

  it("may be plain Chinese or Russian", () => {
    expect(cleaned("版权许可")).toMatchObject({ mixed: false, ours: false });
    expect(cleaned("Лицензия")).toMatchObject({ mixed: false });
  });

  it("is bounded, whole letters at a time", () => {
    const family = "👨‍👩‍👧";
    expect(cleaned(`${"x".repeat(70)}`).cut).toBe(true);
    expect(cleaned(`a${"\u0301".repeat(50)}`).text.length).toBeLessThan(6);
    expect(cleaned(family.repeat(3), 2).cut).toBe(true);
  });
});
