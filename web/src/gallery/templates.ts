/** `/templates`: which one does what I need? All authors alike: no template of ours stands apart. */

import { html, nothing } from "lit";
import { data, platform, type FoundItem } from "../net/data";
import { link, navigate, withQuery } from "../route";
import { address } from "../show/address";
import { amount, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { empty, heading, Part, Screen } from "../show/screen";
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
    const [q, price, sort] = [this.query("q") ?? "", this.query("price") ?? "", this.query("sort") ?? ""];
    const [kind, from] = [this.query("kind") ?? "", Math.max(0, Number(this.query("from") ?? 0) || 0)];
    this.found.want(this.at && `${q} ${price} ${sort} ${kind} ${from} ${this.at}`, async () => {
      if (!(await platform())?.["templates"]) throw new Error(t("noPlatform"));
      return data<Found>("gallery", { q, price, kind, sort, limit: SHOWN, offset: from });
    });
    return html`${heading(t("nav.templates"), html`<span class="spring"></span>${link("/compose", t("compose"), "button")} ${link("/publish", t("home.publish"), "button")}`)}
      <p class="lead">${t("templates.lead")}</p>
      <form class="row" role="search" @submit=${(event: Event) => event.preventDefault()}>
        <label class="sr" for="find">${t("templates.find")}</label>
        <input id="find" type="search" placeholder=${t("templates.find")} .value=${q} @input=${(event: InputEvent) => this.filter("q", event)} />
        <label for="price">${t("price")}</label>
        <select id="price" @change=${(event: Event) => this.filter("price", event)}>
          ${[["", t("any")], ["free", t("price.free")], ["paid", t("price.paid")]].map(([value, label]) => html`<option value=${value!} ?selected=${price === value}>${label}</option>`)}
        </select>
        <label for="kind">${t("kind")}</label>
        <select id="kind" @change=${(event: Event) => this.filter("kind", event)}>
          ${[["", t("any")], ["clone", t("kind.clone")], ["code", t("kind.code")], ["upgradeable", t("kind.upgradeable")]].map(([value, label]) => html`<option value=${value!} ?selected=${kind === value}>${label}</option>`)}
        </select>
        <label for="sort">${t("sort")}</label>
        <select id="sort" @change=${(event: Event) => this.filter("sort", event)}>
          ${[["", t("sort.uses")], ["newest", t("sort.newest")], ["price", t("sort.price")]].map(([value, label]) => html`<option value=${value!} ?selected=${sort === value}>${label}</option>`)}
        </select>
      </form>
      ${this.found.show(({ items, total }) => {
        if (!items.length) return q || price || kind || from ? empty(t("templates.noMatch"), link("/templates", t("templates.all"))) : empty(t("templates.none"));
        const step = (label: string, to: number | null): unknown => (to === null ? html`<span class="quiet step" aria-disabled="true">${label}</span>` : link(withQuery({ from: to ? String(to) : undefined }), label, "step"));
        return html`<div class="grid">${items.map((one) => card(one))}</div>
          <nav class="pager" aria-label=${t("list.pages")}><span class="quiet">${t("list.total", { n: total.toLocaleString("en") })}</span><span class="spring"></span>
            ${step(t("list.first"), from ? 0 : null)} ${step(t("templates.before"), from ? Math.max(0, from - SHOWN) : null)} ${step(t("templates.more"), from + items.length < total ? from + SHOWN : null)}</nav>`;
      }, 8)}`;
  }

  private filter(name: string, event: Event): void {
    navigate(withQuery({ [name]: (event.target as HTMLInputElement).value || undefined, from: undefined }), { replace: true });
  }
}
customElements.define("mz-templates", Templates);

function card(item: FoundItem): unknown {
  const [title, summary] = [said(item.title), said(item.summary)];
  return link(
    `/template/${item.author}/${item.name}`,
    html`<h2>${foreign(title || item.name, { name: true })}</h2>
      <p class="quiet mono">${foreign(item.name)} v${item.version}</p>
      ${summary ? html`<p>${foreign(summary, { limit: 240 })}</p>` : html`<p class="quiet">${t("template.noBundle")}</p>`}
      <p>${terms(item)}</p>
      <p class="row">${address(item.author, { plain: true })} <span class="quiet">${t("template.uses", { n: item.uses })}</span>
        ${item.kind ? html`<span class="badge">${t(item.kind === "code" ? "kind.code" : item.kind === "upgradeable" ? "kind.upgradeable" : "kind.clone")}</span>` : nothing}</p>`,
    "card",
  );
}

function said(text: FoundItem["title"]): string {
  return words({ en: text.en ?? "", ...(text.zh ? { zh: text.zh } : {}) });
}

export function terms(item: { price: string | bigint; shareBps: number }): unknown {
  return html`<strong>${BigInt(item.price) ? amount(item.price) : t("price.free")}</strong> ${t("terms.perUse")}${item.shareBps ? html` + ${percent(item.shareBps)} ${t("terms.ofTrades")}` : nothing}`;
}
