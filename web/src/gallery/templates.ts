/** `/templates`: which one does what I need? All authors alike: no template of ours stands apart. */

import { html, nothing, type TemplateResult } from "lit";
import { data, platform, type FoundItem } from "../net/data";
import { link, navigate, withQuery } from "../route";
import { address } from "../show/address";
import { amount, grouped, parseAmount, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { tabs } from "../show/list";
import { empty, heading, Part, Screen } from "../show/screen";
import { ago } from "../show/time";
import { t } from "../words";
import { words } from "./manifest";

interface Found {
  items: FoundItem[];
  total: number;
}

const SHOWN = 48;

class Templates extends Screen {
  private found: Part<Found> = this.loads();

  protected override render(): unknown {
    const [q, price, sort, kind, most] = ["q", "price", "sort", "kind", "most"].map((name) => this.query(name) ?? "") as [string, string, string, string, string];
    const from = Math.max(0, Number(this.query("from") ?? 0) || 0);
    const limit = parseAmount(most, 18);
    const asked = { q, price, kind, sort, most: most && "raw" in limit ? String(limit.raw) : undefined, limit: SHOWN, offset: from };
    this.found.want(this.at && `${JSON.stringify(asked)} ${this.at}`, async () => {
      if (!(await platform())?.["templates"]) throw new Error(t("noPlatform"));
      return data<Found>("gallery", asked);
    });
    const table = this.query("view") === "table";
    return html`${heading(t("nav.templates"), html`<span class="spring"></span>${link("/compose", t("compose"), "button")} ${link("/publish", t("home.publish"), "button")}`)}
      <p class="lead">${t("templates.lead")}</p>
      <form class="row" role="search" @submit=${(event: Event) => event.preventDefault()}>
        <label class="sr" for="find">${t("templates.find")}</label>
        <input id="find" type="search" placeholder=${t("templates.find")} .value=${q} @input=${(event: InputEvent) => this.filter("q", event)} />
        ${choice("price", t("price"), price, [["", t("any")], ["free", t("price.free")], ["paid", t("price.paid")]], (event) => this.filter("price", event))}
        <span class="pair"><label for="most">${t("templates.most")}</label>
        <input id="most" class="short" inputmode="decimal" autocomplete="off" aria-invalid=${Boolean(most) && "wrong" in limit} .value=${most} @change=${(event: Event) => this.filter("most", event)} /></span>
        ${choice("kind", t("kind"), kind, [["", t("any")], ["clone", t("kind.clone")], ["code", t("kind.code")], ["upgradeable", t("kind.upgradeable")]], (event) => this.filter("kind", event))}
        ${choice("sort", t("sort"), sort, [["", t("sort.uses")], ["newest", t("sort.newest")], ["price", t("sort.price")]], (event) => this.filter("sort", event))}
      </form>
      ${tabs(table ? "table" : "", [["", t("templates.cards")], ["table", t("templates.compare")]])}
      ${this.found.show(({ items, total }) => {
        if (!items.length) return this.nothing({ q, price, kind, most, from: from ? String(from) : "" });
        const step = (label: string, to: number | null): unknown => (to === null ? html`<span class="quiet step" aria-disabled="true">${label}</span>` : link(withQuery({ from: to ? String(to) : undefined }), label, "step"));
        return html`${table ? compared(items) : html`<div class="grid">${items.map((one) => card(one))}</div>`}
          <nav class="pager" aria-label=${t("list.pages")}><span class="quiet">${t("list.total", { n: total.toLocaleString("en") })}</span><span class="spring"></span>
            ${step(t("list.first"), from ? 0 : null)} ${step(t("templates.before"), from ? Math.max(0, from - SHOWN) : null)} ${step(t("templates.more"), from + items.length < total ? from + SHOWN : null)}</nav>`;
      }, 8)}`;
  }

  /** Why nothing is here: each filter that was set, to be dropped by a click. */
  private nothing(set: Record<string, string>): unknown {
    const filters = Object.entries(set).filter(([, value]) => value);
    if (!filters.length) return empty(t("templates.none"));
    const names: Record<string, string> = { q: t("search"), price: t("price"), kind: t("kind"), most: t("templates.most"), from: t("list.pages") };
    return empty(
      t("templates.noMatch"),
      html`<p class="row">${t("templates.filters")} ${filters.map(([name, value]) => link(withQuery({ [name]: undefined }), html`✕ ${names[name]}: ${foreign(value, { limit: 40 })}`, "badge"))}</p>
        <p>${link("/templates", t("templates.all"))}</p>`,
    );
  }

  private filter(name: string, event: Event): void {
    navigate(withQuery({ [name]: (event.target as HTMLInputElement).value || undefined, from: undefined }), { replace: true });
  }
}
customElements.define("mz-templates", Templates);

function choice(id: string, label: string, now: string, options: readonly (readonly [string, string])[], changed: (event: Event) => void): TemplateResult {
  return html`<span class="pair"><label for=${id}>${label}</label>
    <select id=${id} @change=${changed}>${options.map(([value, text]) => html`<option value=${value} ?selected=${now === value}>${text}</option>`)}</select></span>`;
}

/** Price and terms side by side. */
function compared(items: readonly FoundItem[]): TemplateResult {
  return html`<div class="scroll" tabindex="0"><table class="rows" id="compared">
    <caption class="sr">${t("templates.compare")}</caption>
    <thead><tr><th scope="col">${t("template")}</th><th scope="col">${t("author")}</th><th scope="col" class="right">${t("price")}</th><th scope="col" class="right">${t("share")}</th><th scope="col">${t("kind")}</th><th scope="col" class="right">${t("template.used")}</th><th scope="col">${t("template.published")}</th></tr></thead>
    <tbody>${items.map((item) => html`<tr>
      <td data-label=${t("template")}>${link(`/template/${item.author}/${item.name}`, foreign(said(item.title) || item.name, { name: true }))} <span class="quiet">v${item.version}</span></td>
      <td data-label=${t("author")}>${address(item.author)}</td>
      <td data-label=${t("price")} class="right">${BigInt(item.price) ? amount(item.price) : t("price.free")}</td>
      <td data-label=${t("share")} class="right">${percent(item.shareBps)}</td>
      <td data-label=${t("kind")}>${item.kind ? kindOf(item.kind) : "—"}</td>
      <td data-label=${t("template.used")} class="right">${grouped(String(item.uses))}</td>
      <td data-label=${t("template.published")}>${ago(item.timestamp)}</td></tr>`)}</tbody></table></div>`;
}

function kindOf(kind: string): string {
  return t(kind === "code" ? "kind.code" : kind === "upgradeable" ? "kind.upgradeable" : "kind.clone");
}

function card(item: FoundItem): unknown {
  const [title, summary] = [said(item.title), said(item.summary)];
  return link(
    `/template/${item.author}/${item.name}`,
    html`<h2>${foreign(title || item.name, { name: true })}</h2>
      <p class="quiet mono">${foreign(item.name)} v${item.version}</p>
      ${summary ? html`<p>${foreign(summary, { limit: 240 })}</p>` : html`<p class="quiet">${t("template.noBundle")}</p>`}
      <p>${terms(item)}</p>
      <p class="row">${address(item.author, { plain: true })} <span class="quiet">${t("template.uses", { n: item.uses })}</span>
        ${item.kind ? html`<span class="badge">${kindOf(item.kind)}</span>` : nothing}</p>`,
    "card",
  );
}

function said(text: FoundItem["title"]): string {
  return words({ en: text.en ?? "", ...(text.zh ? { zh: text.zh } : {}) });
}

export function terms(item: { price: string | bigint; shareBps: number }): unknown {
  return html`<strong>${BigInt(item.price) ? amount(item.price) : t("price.free")}</strong> ${t("terms.perUse")}${item.shareBps ? html` + ${percent(item.shareBps)} ${t("terms.ofTrades")}` : nothing}`;
}
