/** `/works`, `/works/:id`: who made this, since when? A file is hashed here and never sent. */

import { html, nothing, type TemplateResult } from "lit";
import { encodeFunctionData } from "viem";
import { WORKS } from "../net/abi";
import { sha256 } from "../net/cid";
import { read } from "../net/contract";
import { data, platform, type Page, type WorkItem } from "../net/data";
import { link } from "../route";
import { address, hash, txLink } from "../show/address";
import { list } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { absolute, ago } from "../show/time";
import { account } from "../wallet/account";
import { propose } from "../wallet/preview";
import { t } from "../words";

class Works extends Screen {
  private digest = "";
  private name = "";
  private found: WorkItem[] | null = null;

  protected override render(): TemplateResult {
    if (this.route.parts[1]) return html`<mz-work .route=${this.route}></mz-work>`;
    const me = account()?.address;
    return html`${heading(t("works"))}
      <p class="lead">${t("works.lead")}</p>
      <section class="card">
        <h2>${t("works.check")}</h2>
        <div class="field"><label for="file">${t("works.file")}</label><input id="file" type="file" @change=${(event: Event) => void this.look(event)} aria-describedby="file-help" /><small id="file-help">${t("works.local")}</small></div>
        ${this.digest ? html`<p>${t("works.digest")} <span class="mono wrap" id="digest">${this.digest}</span></p>${this.answer(me)}` : nothing}
      </section>
      ${list<WorkItem>({ list: "works", name: t("works"), route: this.route, none: t("works.none"), columns: [
        { label: t("work"), cell: (one) => link(`/works/${one.work}`, `#${one.work.slice(0, 10)}…`) },
        { label: t("author"), cell: (one) => address(one.author) },
        { label: t("works.claimed"), cell: (one) => absolute(one.claimedAt) },
        { label: t("hash"), cell: (one) => html`<span class="mono" title=${one.contentHash}>${one.contentHash.slice(0, 14)}…</span>` },
        { label: t("tx"), cell: (one) => txLink(one.tx) },
      ] })}`;
  }

  private answer(me: string | undefined): unknown {
    if (!this.found) return html`<p class="quiet">${t("loading")}</p>`;
    const mine = this.found.some((one) => one.author === me);
    return html`
      ${this.found.length
        ? html`<p class="good">✓ ${t("works.known", { n: this.found.length })}</p><ul class="tree">${this.found.map((one) => html`<li>${link(`/works/${one.work}`, `#${one.work.slice(0, 10)}…`)} ${address(one.author)} ${absolute(one.claimedAt)}</li>`)}</ul>`
        : html`<p>${t("works.unknown")}</p>`}
      ${me ? (mine ? nothing : html`<p><button type="button" class="primary" id="register" @click=${() => void this.register()}>${t("works.register")}</button> <span class="quiet">${t("works.register.more")}</span></p>`) : html`<p class="quiet">${t("use.needsAccount")}</p>`}`;
  }

  private async look(event: Event): Promise<void> {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (!file) return;
    this.digest = await sha256(new Uint8Array(await file.arrayBuffer()));
    this.name = file.name;
    this.found = null;
    this.requestUpdate();
    this.found = (await data<Page<WorkItem>>("works", { hash: this.digest }).catch(() => ({ items: [] as WorkItem[] }))).items;
    this.requestUpdate();
  }

  private async register(): Promise<void> {
    const where = await platform();
    const done = await propose({
      sentence: html`${t("works.register.sentence")} “<mz-foreign .text=${this.name} .limit=${60}></mz-foreign>”`,
      act: t("works.register"),
      to: where!["works"]!,
      data: encodeFunctionData({ abi: WORKS, functionName: "register", args: [this.digest as `0x${string}`] }),
    }).catch(() => null);
    if (done) this.found = (await data<Page<WorkItem>>("works", { hash: this.digest })).items;
    this.requestUpdate();
  }
}
customElements.define("mz-works", Works);

interface Evidence {
  contentHash: `0x${string}`;
  author: string;
  owner: string;
  payee: string;
  claimedAt: bigint;
  registeredAt: bigint;
  committed: boolean;
  first: boolean;
}

class Work extends Screen {
  private evidence: Part<{ evidence: Evidence; others: WorkItem[] }> = this.loads();
  private compared = "";

  protected override render(): unknown {
    const id = this.route.parts[1] ?? "";
    if (!/^[0-9]{1,78}$/.test(id)) return html`${heading(t("work"))}${empty(t("works.badId"), link("/works", t("works")))}`;
    this.evidence.want(this.at && `${id}${this.at}`, async () => {
      const where = await platform();
      if (!where?.["works"]) throw new Error(t("noPlatform"));
      const evidence = (await read(where["works"], WORKS, "evidence", [BigInt(id)])) as Evidence;
      return { evidence, others: (await data<Page<WorkItem>>("works", { hash: evidence.contentHash })).items };
    });
    return html`${heading(t("work"), html`<span class="mono quiet wrap">#${id}</span>`)}
    ${this.evidence.show(({ evidence: one, others }) => html`
      ${facts([
        [t("author"), address(one.author, { full: true })],
        [t("works.claimed"), html`${absolute(Number(one.claimedAt))} ${ago(Number(one.claimedAt))}`],
        [t("works.first"), one.first ? t("yes") : t("works.notFirst")],
        [t("works.committed"), one.committed ? t("yes") : t("no")],
        [t("owner"), address(one.owner)],
        [t("template.payee"), address(one.payee)],
        [t("works.digest"), html`<span class="mono wrap">${one.contentHash}</span>`],
      ])}
      <p class="quiet prose">${t("works.proves")}</p>
      <div class="field"><label for="compare">${t("works.compare")}</label><input id="compare" type="file" @change=${(event: Event) => void this.compare(event, one.contentHash)} /></div>
      ${this.compared ? html`<p role="status">${this.compared}</p>` : nothing}
      ${others.length > 1 ? html`<section class="tight"><h2>${t("works.others")}</h2><ul class="tree">${others.map((row) => html`<li>${link(`/works/${row.work}`, `#${row.work.slice(0, 10)}…`)} ${address(row.author)} ${absolute(row.claimedAt)} ${hash(row.tx, `/tx/${row.tx}`)}</li>`)}</ul></section>` : nothing}
      <p>${link("/templates", t("works.sell"), "button")}</p>`)}`;
  }

  private async compare(event: Event, digest: string): Promise<void> {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (!file) return;
    const same = (await sha256(new Uint8Array(await file.arrayBuffer()))) === digest.toLowerCase();
    this.compared = same ? `✓ ${t("works.same")}` : `✕ ${t("works.differs")}`;
    this.requestUpdate();
  }
}
customElements.define("mz-work", Work);
