/** `/search?q=`: what has exactly one meaning jumps there; otherwise what was found, in groups. */

import { html } from "lit";
import { digestOf } from "../net/cid";
import { data, platform, type FoundItem, type Page, type TemplateItem, type WorkItem } from "../net/data";
import { chain, rpc } from "../net/node";
import { link, navigate } from "../route";
import { address, txLink } from "../show/address";
import { foreign } from "../show/foreign";
import { empty, heading, Part, Screen } from "../show/screen";
import { t } from "../words";

interface Found {
  jump: string | null;
  templates: TemplateItem[];
  works: WorkItem[];
  contracts: [string, string][]; // of the platform, by name
}

const MOST = 50;

class Search extends Screen {
  private found: Part<Found> = this.loads();

  protected override render(): unknown {
    const q = (this.query("q") ?? "").trim();
    this.found.want(chain.head ? q : undefined, () => find(q));
    const jump = this.found.value?.jump;
    if (jump && this.found.value) {
      this.found.reset();
      queueMicrotask(() => navigate(jump, { replace: true }));
    }
    return html`${heading(t("search"))}
    <p>${t("search.for")} “${foreign(q, { limit: 120 })}”</p>
    ${this.found.show((one) =>
      one.templates.length || one.works.length || one.contracts.length
        ? html`${one.contracts.length
            ? html`<section class="tight"><h2>${t("search.contracts")}</h2><ul class="tree">${one.contracts.map(([name, at]) => html`<li>${link(name === "mz" ? `/token/${at}` : `/address/${at}`, name)} ${address(at)}</li>`)}</ul></section>`
            : ""}${one.templates.length
            ? html`<section class="tight"><h2>${t("nav.templates")}</h2><ul class="tree">${one.templates.map((item) => html`<li>${link(`/template/${item.author}/${item.name}`, foreign(item.name, { name: true }))} v${item.version} ${address(item.author)}</li>`)}</ul></section>`
            : ""}
          ${one.works.length
            ? html`<section class="tight"><h2>${t("works")}</h2><ul class="tree">${one.works.map((item) => html`<li>${link(`/works/${item.work}`, `#${item.work.slice(0, 12)}…`)} ${address(item.author)} ${txLink(item.tx)}</li>`)}</ul></section>`
            : ""}`
        : empty(t("search.none"), html`<p>${t("search.kinds")}</p>`),
    )}`;
  }
}
customElements.define("mz-search", Search);

async function find(q: string): Promise<Found> {
  const none: Found = { jump: null, templates: [], works: [], contracts: [] };
  if (!q) return none;
  if (/^0x[0-9a-fA-F]{40}$/.test(q)) return { ...none, jump: `/address/${q}` };
  if (/^[0-9][0-9, ]{0,14}$/.test(q)) return { ...none, jump: `/block/${q.replace(/[, ]/g, "")}` };
  const where = await platform();
  if (/^0x[0-9a-fA-F]{64}$/.test(q)) {
    const [tx, block] = await Promise.all([
      rpc<unknown>("eth_getTransactionByHash", [q]),
      rpc<unknown>("eth_getBlockByHash", [q, false]).catch(() => null),
    ]);
    if (tx) return { ...none, jump: `/tx/${q}` };
    if (block) return { ...none, jump: `/block/${q}` };
    if (where) {
      const [templates, works] = await Promise.all([
        data<Page<TemplateItem>>("templates", { id: q }),
        data<Page<WorkItem>>("works", { hash: q }),
      ]);
      if (templates.items.length) return { ...none, jump: `/template/${q}` };
      if (works.items.length === 1) return { ...none, jump: `/works/${works.items[0]!.work}` };
      return { ...none, works: works.items };
    }
    return none;
  }
  if (!where) return none;
  const digest = digestOf(q);
  if (digest) {
    const page = await data<Page<TemplateItem>>("templates", { limit: 200 });
    const [hit] = page.items.filter((item) => item.manifest === digest);
    return hit ? { ...none, jump: `/template/${hit.author}/${hit.name}/${hit.version}` } : none;
  }
  const needle = q.toLowerCase();
  const { items } = await data<{ items: FoundItem[] }>("gallery", { q, limit: MOST });
  const named = items.filter((item) => item.name === needle);
  if (named.length === 1 && items.length === 1) return { ...none, jump: `/template/${named[0]!.author}/${named[0]!.name}` };
  const contracts = Object.entries(where).filter(([name]) => name.replace("_", " ").includes(needle) || (needle === "mzcoin" && name === "mz"));
  return { ...none, templates: items, contracts };
}
