/** A README as nodes of our own: a small part of Markdown, no HTML, links that say where they lead before they open. */

import { html, nothing, type TemplateResult } from "lit";
import { foreign } from "./foreign";
import { t } from "../words";

const MOST_BYTES = 256 * 1024;
const MOST_BLOCKS = 2000;

export function readme(text: string): TemplateResult {
  if (text.length > MOST_BYTES) return html`<pre tabindex="0">${text.slice(0, MOST_BYTES)}…</pre>`;
  const blocks: unknown[] = [];
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  for (let i = 0; i < lines.length && blocks.length < MOST_BLOCKS; ) {
    const line = lines[i]!;
    const heading = /^(#{1,6})\s+(.{1,300})/.exec(line);
    if (line.startsWith("```")) {
      const end = lines.findIndex((one, n) => n > i && one.startsWith("```"));
      const last = end < 0 ? lines.length : end;
      blocks.push(html`<pre tabindex="0">${lines.slice(i + 1, last).join("\n")}</pre>`);
      i = last + 1;
    } else if (heading) {
      // The page has its own h1 and h2: a stranger's headings stand below them.
      blocks.push(heading[1]!.length < 3 ? html`<h3>${inline(heading[2]!)}</h3>` : html`<h4>${inline(heading[2]!)}</h4>`);
      i++;
    } else if (/^\s*[-*]\s+/.test(line) || /^\s*\d{1,9}[.)]\s+/.test(line)) {
      const ordered = /^\s*\d/.test(line);
      const items: string[] = [];
      while (i < lines.length && (/^\s*([-*]|\d{1,9}[.)])\s+/.test(lines[i]!) || /^\s{2,}\S/.test(lines[i]!))) {
        const found = /^\s*(?:[-*]|\d{1,9}[.)])\s+(.*)/.exec(lines[i]!);
        if (found) items.push(found[1]!);
        else items[items.length - 1] += ` ${lines[i]!.trim()}`;
        i++;
      }
      const rows = items.map((one) => html`<li>${inline(one)}</li>`);
      blocks.push(ordered ? html`<ol>${rows}</ol>` : html`<ul>${rows}</ul>`);
    } else if (line.startsWith("|") && /^\|[\s|:-]+\|?\s*$/.test(lines[i + 1] ?? "")) {
      const rows: string[][] = [];
      const head = cells(line);
      i += 2;
      while (i < lines.length && lines[i]!.startsWith("|")) rows.push(cells(lines[i++]!));
      blocks.push(html`<div class="scroll" tabindex="0"><table><thead><tr>${head.map((one) => html`<th>${inline(one)}</th>`)}</tr></thead>
        <tbody>${rows.slice(0, 200).map((row) => html`<tr>${row.slice(0, 20).map((one) => html`<td>${inline(one)}</td>`)}</tr>`)}</tbody></table></div>`);
    } else if (!line.trim()) {
      i++;
    } else {
      const part: string[] = [];
      while (i < lines.length && lines[i]!.trim() && !/^(#{1,6}\s|```|\||\s*[-*]\s|\s*\d{1,9}[.)]\s)/.test(lines[i]!)) part.push(lines[i++]!);
      if (!part.length) part.push(lines[i++]!);
      blocks.push(html`<p>${inline(part.join(" "))}</p>`);
    }
  }
  return html`<div class="readme prose">${blocks}</div>`;
}

function cells(line: string): string[] {
  return line.replace(/^\||\|\s*$/g, "").split("|").map((one) => one.trim());
}

/** Code, bold and https links; everything else is text. Each alternative begins with another character: no backtracking. */
function inline(text: string): unknown[] {
  const out: unknown[] = [];
  const pattern = /`([^`]{1,500})`|\*\*([^*]{1,500})\*\*|\[([^\]]{1,300})\]\(([^)\s]{1,500})\)/g;
  let last = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > last) out.push(words(text.slice(last, found.index)));
    if (found[1] !== undefined) out.push(html`<code>${found[1]}</code>`);
    else if (found[2] !== undefined) out.push(html`<strong>${words(found[2])}</strong>`);
    else out.push(outside(found[3]!, found[4]!));
    last = found.index + found[0].length;
  }
  if (last < text.length) out.push(words(text.slice(last)));
  return out;
}

function words(text: string): TemplateResult {
  return foreign(text, { limit: 5000 });
}

function outside(label: string, target: string): unknown {
  let url: URL;
  try {
    url = new URL(target);
  } catch {
    return words(label);
  }
  if (url.protocol !== "https:" || url.username || url.password) return words(label);
  return html`${words(label)} <a href=${url.href} target="_blank" rel="noopener noreferrer nofollow" title=${t("readme.leaves", { host: url.hostname })}>↗ ${url.hostname}</a>${nothing}`;
}
