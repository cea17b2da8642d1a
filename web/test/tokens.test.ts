import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../src/style.css", import.meta.url), "utf8");

function tokens(selector: string): Record<string, string> {
  const start = css.indexOf(selector);
  const block = css.slice(start, css.indexOf("}", start));
  return Object.fromEntries([...block.matchAll(/--(\w+): (#[0-9a-f]{6})/g)].map((found) => [found[1]!, found[2]!]));
}

/** WCAG 2.2 contrast. */
function ratio(a: string, b: string): number {
  const light = (hex: string): number => {
    const [r, g, b_] = [1, 3, 5].map((at) => {
      const c = parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b_;
  };
  const [more, less] = [light(a), light(b)].sort((x, y) => y - x) as [number, number];
  return (more + 0.05) / (less + 0.05);
}

describe.each([":root {", ':root[data-theme="dark"] {'])("colours of %s", (selector) => {
  const found = tokens(selector);

  it.each(["ink", "muted", "accent", "burn", "good", "warn", "danger"])("%s is readable on page and card", (name) => {
    expect(ratio(found[name]!, found["bg"]!)).toBeGreaterThanOrEqual(4.5);
    expect(ratio(found[name]!, found["surface"]!)).toBeGreaterThanOrEqual(4.5);
  });

  it("borders of controls can be seen", () => {
    expect(ratio(found["edge"]!, found["bg"]!)).toBeGreaterThanOrEqual(3);
    expect(ratio(found["edge"]!, found["surface"]!)).toBeGreaterThanOrEqual(3);
  });

  it.each(["chart1", "chart2", "chart3", "chart4", "chart5"])("%s stands out", (name) => {
    expect(ratio(found[name]!, found["bg"]!)).toBeGreaterThanOrEqual(4.5);
  });
});

it("the system's dark theme is the chosen one", () => {
  expect(tokens(':root:not([data-theme="light"]) {')).toEqual(tokens(':root[data-theme="dark"] {'));
});
