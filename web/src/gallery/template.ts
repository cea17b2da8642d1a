/** `/template/:author/:name[/:version]` or `/template/:id`: can I trust it, what does it cost? Facts of the chain first. */

import { html, nothing, type TemplateResult } from "lit";
import { encodeFunctionData, stringToHex } from "viem";
import { TEMPLATES } from "../net/abi";
import { bundleOfVersion, codeMatches, UPGRADEABLE, versionOf, type Bundle, type Version } from "../net/bundle";
import { ask, read } from "../net/contract";
import { data, platform, type Page, type TemplateItem, type UseItem } from "../net/data";
import { link } from "../route";
import { address } from "../show/address";
import { amount, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { list, tabs } from "../show/list";
import { readme } from "../show/readme";
import { facts, heading, Part, Screen } from "../show/screen";
import { ago } from "../show/time";
import { account } from "../wallet/account";
import { propose } from "../wallet/preview";
import { t } from "../words";
import { uses } from "../explore/columns";
import { words } from "./manifest";
import { terms } from "./templates";

interface Loaded {
  version: Version;
  name: string;
  fee: bigint;
  uses: number;
  versions: TemplateItem[];
  author: { templates: number; uses: number; retired: number };
}

class TemplateScreen extends Screen {
  private loaded: Part<Loaded> = this.loads();
  private bundle: Part<{ bundle: Bundle; matches: boolean }> = this.loads();
  private shown = "";

  protected override render(): unknown {
    const path = this.route.parts.slice(1).join("/") + (this.query("version") ?? "");
    if (this.shown !== path) {
      this.shown = path;
      this.loaded.reset();
      this.bundle.reset();
    }
    this.loaded.want(this.at && `${path}${this.at}`, () => load(this.route.parts.slice(1), this.query("version")));
    return html`${this.loaded.show((one) => this.found(one), 8) || heading(t("template"))}`;
  }

  private found(one: Loaded): TemplateResult {
    const { version: v } = one;
    this.bundle.want(v.manifest, async () => {
      const bundle = await bundleOfVersion(v);
      return { bundle, matches: await codeMatches(bundle, v) };
    });
    const bundle = this.bundle.value?.bundle;
    const view = this.query("view") ?? "";
    const price = v.price;
    return html`
      ${heading(bundle ? foreign(words(bundle.manifest.title), { name: true }) : foreign(one.name, { name: true }), html`<span class="mono quiet">${foreign(one.name)} v${v.version}</span>`)}
      ${bundle ? html`<p class="lead">“${foreign(words(bundle.manifest.summary), { limit: 400 })}” <span class="quiet">${t("template.authorSays")}</span></p>` : nothing}
      ${v.retired ? html`<p class="notice warn"><span>${t("template.retired")}</span></p>` : nothing}
      <div class="two">
        <section class="card">
          <h2>${t("template.terms")}</h2>
          <p class="verdict">${terms(v)}</p>
          <table class="breakdown">
            <tbody>
              <tr><td>${t("use.author")}</td><td>${amount(price - one.fee, { places: -1 })}</td></tr>
              <tr><td>${t("use.burned")}</td><td class="burned">${amount(one.fee, { places: -1 })}</td></tr>
              <tr class="total"><td>${t("use.pay")}</td><td>${amount(price, { places: -1 })}</td></tr>
            </tbody>
          </table>
          ${v.shareBps ? html`<p>${t("terms.share", { share: percent(v.shareBps) })}</p>` : nothing}
          <p class="row">${v.retired ? nothing : link(`/use/${v.id}/${v.version}`, price ? html`${t("template.use")} · ${amount(price)}` : t("template.useFree"), "button primary")}
            ${account()?.address === v.author && !v.retired ? html`<button type="button" class="danger" @click=${() => void this.retire(one)}>${t("template.retire")}</button>` : nothing}</p>
        </section>
        <section class="card">
          <h2>${t("template.facts")}</h2>
          ${facts([
            [t("author"), address(v.author)],
            [t("template.record"), t("template.record.is", { n: one.author.templates, uses: one.author.uses, retired: one.author.retired })],
            [t("template.payee"), address(v.payee)],
            [t("template.published"), ago(v.publishedAt)],
            [t("template.used"), one.uses],
            [t("template.badges"), this.badges(v)],
          ])}
        </section>
      </div>
      ${tabs(view, [["", "README"], ["source", t("template.source")], ["tests", t("template.tests")], ["versions", `${t("template.versions")} ${v.versions}`], ["instances", `${t("template.instances")} ${one.uses}`]])}
      ${this.view(view, one)}
    `;
  }

  /** Facts of the chain only, each with what it proves. */
  private badges(v: Version): TemplateResult {
    const matches = this.bundle.value?.matches;
    const badge = (label: string, why: string, tone = ""): TemplateResult => html`<details><summary><span class="badge ${tone}">${label}</span></summary><p>${why}</p></details>`;
    return html`${matches === undefined ? (this.bundle.problem ? badge(t("badge.noBundle"), t("template.noBundle"), "warn") : nothing) : matches ? badge(`✓ ${t("badge.matches")}`, t("code.matches"), "good") : badge(`✕ ${t("badge.differs")}`, t("code.differs"), "bad")}
    ${v.flags & UPGRADEABLE ? badge(t("kind.upgradeable"), t("badge.upgradeable.is"), "warn") : v.flags & 1 ? badge(t("kind.code"), t("badge.code.is")) : badge(t("kind.clone"), t("badge.clone.is"))}
    ${v.flags & 2 ? badge(t("badge.fixed"), t("badge.fixed.is")) : nothing}`;
  }

  private view(view: string, one: Loaded): unknown {
    switch (view) {
      case "source":
        return this.bundle.show(({ bundle }) =>
          [...bundle.files].filter(([name]) => !["artifact.json", "check.json"].includes(name)).map(
            ([name, bytes]) => html`<details><summary class="mono">${foreign(name)} <span class="quiet">${t("bytes", { n: bytes.length })}</span></summary><pre tabindex="0">${new TextDecoder().decode(bytes)}</pre></details>`,
          ),
        );
      case "tests":
        return this.bundle.show(({ bundle }) => html`<p class="prose">${t("template.check.more")}</p><pre tabindex="0">${JSON.stringify(bundle.report, null, 2).slice(0, 65_536)}</pre>`);
      case "versions":
        return html`<div class="scroll" tabindex="0"><table><thead><tr><th>${t("version")}</th><th>${t("price")}</th><th>${t("template.published")}</th><th></th></tr></thead>
          <tbody>${one.versions.map((item) => html`<tr><td>${link(`/template/${item.author}/${item.name}/${item.version}`, `v${item.version}`)}</td><td>${terms(item)}</td><td>${ago(item.timestamp)}</td><td>${item.retired ? html`<span class="badge warn">${t("retired")}</span>` : nothing}</td></tr>`)}</tbody></table></div>`;
      case "instances":
        return list<UseItem>({ list: "instances", name: t("template.instances"), route: this.route, given: { id: one.version.id }, columns: uses(), none: t("template.noUses") });
      default:
        return this.bundle.show(({ bundle }) => html`<p class="quiet">${t("template.authorWords")}</p>${readme(bundle.readme)}`);
    }
  }

  private async retire(one: Loaded): Promise<void> {
    const where = await platform();
    const { id, version } = one.version;
    await propose({
      sentence: t("retire.sentence", { n: version }),
      act: t("template.retire"),
      to: where!["templates"]!,
      data: encodeFunctionData({ abi: TEMPLATES, functionName: "retire", args: [id, version] }),
    }).catch(() => undefined);
    this.loaded.again();
  }
}
customElements.define("mz-template", TemplateScreen);

async function load(parts: string[], query: string | undefined): Promise<Loaded> {
  const where = await platform();
  const registry = where?.["templates"];
  if (!registry) throw new Error(t("noPlatform"));
  const [first = "", name = "", number] = parts;
  let id = first;
  if (!/^0x[0-9a-fA-F]{64}$/.test(first)) {
    if (!/^0x[0-9a-fA-F]{40}$/.test(first) || !/^[\x21-\x7e]{1,32}$/.test(name)) throw new Error(t("template.unknown"));
    id = await read(registry, TEMPLATES, "idOf", [first, stringToHex(name, { size: 32 })]);
  }
  const wanted = Number(number ?? query ?? 0);
  const page = await data<Page<TemplateItem>>("templates", { id, limit: 200 });
  if (!page.items.length) throw new Error(t("template.unknown"));
  const version = await versionOf(id, wanted);
  const [fee, theirs] = await Promise.all([
    ask(registry, TEMPLATES, "feeOn", [version.price]),
    data<Page<TemplateItem>>("templates", { author: version.author, limit: 200 }),
  ]);
  const byId = new Map(theirs.items.map((item) => [item.id, item]));
  return {
    version,
    name: page.items[0]!.name,
    fee: fee ?? 0n,
    uses: page.items[0]!.uses,
    versions: page.items,
    author: {
      templates: byId.size,
      uses: [...byId.values()].reduce((sum, item) => sum + item.uses, 0),
      retired: theirs.items.filter((item) => item.retired).length,
    },
  };
}
