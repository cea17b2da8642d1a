/** `/templates`: which one does what I need? All authors alike: no template of ours stands apart. */

import { html, nothing } from "lit";
import { bundleOf, type Bundle } from "../net/bundle";
import { data, platform, type Page, type TemplateItem } from "../net/data";
import { link, navigate, withQuery } from "../route";
import { address } from "../show/address";
import { amount, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { empty, heading, Part, Screen } from "../show/screen";
import { t } from "../words";
import { words } from "./manifest";

interface Entry {
  item: TemplateItem;
  bundle: Bundle | null;
}

const MOST = 200;

class Templates extends Screen {
  private entries: Part<Entry[]> = this.loads();

  protected override render(): unknown {
    this.entries.want(this.at, load);
    const [q, price, sort] = [this.query("q") ?? "", this.query("price") ?? "", this.query("sort") ?? ""];
    const kind = this.query("kind") ?? "";
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
          ${[["", t("sort.newest")], ["uses", t("sort.uses")], ["price", t("sort.price")]].map(([value, label]) => html`<option value=${value!} ?selected=${sort === value}>${label}</option>`)}
        </select>
      </form>
      ${this.entries.show((entries) => {
        const shown = entries
          .filter(({ item, bundle }) => matches(item, bundle, q))
          .filter(({ item }) => !price || (BigInt(item.price) === 0n) === (price === "free"))
          .filter(({ bundle }) => !kind || bundle?.manifest.kind === kind);
        if (sort === "uses") shown.sort((a, b) => b.item.uses - a.item.uses);
        if (sort === "price") shown.sort((a, b) => (BigInt(a.item.price) < BigInt(b.item.price) ? -1 : 1));
        if (!entries.length) return empty(t("templates.none"));
        if (!shown.length) return empty(t("templates.noMatch"), link("/templates", t("templates.all")));
        return html`<div class="grid">${shown.map((one) => card(one))}</div>`;
      }, 8)}`;
  }

  private filter(name: string, event: Event): void {
    navigate(withQuery({ [name]: (event.target as HTMLInputElement).value || undefined }), { replace: true });
  }
}
customElements.define("mz-templates", Templates);

function matches(item: TemplateItem, bundle: Bundle | null, q: string): boolean {
  const needle = q.trim().toLowerCase();
  if (!needle) return true;
  const manifest = bundle?.manifest;
  const text = [item.name, item.author, manifest?.title.en, manifest?.title.zh, manifest?.summary.en, manifest?.summary.zh];
  return text.some((one) => one?.toLowerCase().includes(needle));
}

function card({ item, bundle }: Entry): unknown {
  return link(
    `/template/${item.author}/${item.name}`,
    html`<h2>${bundle ? foreign(words(bundle.manifest.title), { name: true }) : foreign(item.name, { name: true })}</h2>
      <p class="quiet mono">${foreign(item.name)} v${item.version}</p>
      ${bundle ? html`<p>${foreign(words(bundle.manifest.summary), { limit: 240 })}</p>` : html`<p class="quiet">${t("template.noBundle")}</p>`}
      <p>${terms(item)}</p>
      <p class="row">${address(item.author, { plain: true })} <span class="quiet">${t("template.uses", { n: item.uses })}</span>
        ${item.retired ? html`<span class="badge warn">${t("retired")}</span>` : nothing}
        ${bundle ? html`<span class="badge">${t(bundle.manifest.kind === "code" ? "kind.code" : bundle.manifest.kind === "upgradeable" ? "kind.upgradeable" : "kind.clone")}</span>` : nothing}</p>`,
    "card",
  );
}

export function terms(item: { price: string | bigint; shareBps: number }): unknown {
  return html`<strong>${BigInt(item.price) ? amount(item.price) : t("price.free")}</strong> ${t("terms.perUse")}${item.shareBps ? html` + ${percent(item.shareBps)} ${t("terms.ofTrades")}` : nothing}`;
}

async function load(): Promise<Entry[]> {
  if (!(await platform())?.["templates"]) throw new Error(t("noPlatform"));
  const page = await data<Page<TemplateItem>>("templates", { limit: MOST });
  const newest = new Map<string, TemplateItem>();
  for (const item of page.items) if (!newest.has(item.id)) newest.set(item.id, item);
  return Promise.all(
    [...newest.values()].map(async (item) => ({ item, bundle: await bundleOf(item.cids, item.manifest).catch(() => null) })),
  );
}
