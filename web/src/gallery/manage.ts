/** What the owner of an instance may still decide: a later version, a successor, another owner, its end. Each with what
 * is kept and what is lost, before it is tried and signed. */

import { html, nothing, type TemplateResult } from "lit";
import { concat, decodeFunctionData, encodeAbiParameters, encodeFunctionData, getContractAddress, keccak256, toHex } from "viem";
import { MZ, TEMPLATES } from "../net/abi";
import { bundleOfVersion, codeMatches, versionOf, CODE, UPGRADEABLE, type Bundle, type Origin, type Version } from "../net/bundle";
import { ask, read } from "../net/contract";
import { data, platform, type Page, type TemplateItem, type UseItem } from "../net/data";
import { rpc } from "../net/node";
import { link, navigate } from "../route";
import { address, inFours } from "../show/address";
import { amount, exact, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { facts, Part, Screen } from "../show/screen";
import { account } from "../wallet/account";
import { propose, Rejected, type Plan } from "../wallet/preview";
import { has, t } from "../words";
import { account as accountOf, Wrong } from "./units";
import { agreedOf, sameTerms } from "./wish";

const MOST_PAGES = 5; // of 200 uses each
const NOBODY = "0x0000000000000000000000000000000000000000";

/** Salt and creation hash of an instance that cannot be upgraded: by them its maker shows who made it. */
interface Proof {
  salt: `0x${string}`;
  creation: `0x${string}`;
}

interface Standing {
  owner: string;
  heir: string;
  successor: string;
  retired: boolean;
  upgradeable: boolean;
  maker: string | null;
  proof: Proof | null;
  later: Version[];
}

interface Price {
  version: Version;
  matches: boolean;
  price: bigint;
  fee: bigint;
}

class Manage extends Screen {
  static override properties = { ...Screen.properties, instance: {}, origin: { attribute: false }, bundle: { attribute: false } };
  instance = "";
  origin!: Origin;
  bundle: Bundle | null = null;
  private standing: Part<Standing> = this.loads();
  private price: Part<Price> = this.loads();
  private others: Part<TemplateItem[]> = this.loads();
  private wanted = 0;
  private migration = "0x";
  private heir = "";
  private wrong = "";
  private turn = 0;

  protected override render(): unknown {
    this.standing.want(this.at && `${this.instance}${this.at}${this.turn}`, () => standingOf(this.instance, this.origin));
    return this.standing.show((one) => this.shown(one), 6);
  }

  private shown(one: Standing): TemplateResult {
    const me = account()?.address;
    const owner = one.owner === NOBODY ? one.maker : one.owner;
    const ended = one.retired || one.successor !== NOBODY;
    const mine = Boolean(me) && (one.owner === me || (one.owner === NOBODY && one.maker === me && one.proof !== null));
    return html`<div class="stack">
      <section class="card"><h2>${t("manage.standing")}</h2>
        ${facts([
          [t("owner"), owner ? html`${address(owner)} ${one.owner === NOBODY ? html`<span class="quiet">${t("manage.unclaimed")}</span>` : nothing}` : t("manage.unknownMaker")],
          one.heir !== NOBODY && [t("manage.offeredTo"), address(one.heir)],
          [t("deal.state"), one.retired ? t("manage.retired") : one.successor !== NOBODY ? html`${t("manage.replacedBy")} ${link(`/deal/${one.successor}`, address(one.successor, { plain: true }))}` : t("manage.inUse")],
          [t("version"), html`v${this.origin.version} ${one.later.length ? html`<span class="quiet">${t("manage.newest", { n: one.later[0]!.version })}</span>` : nothing}`],
          [t("code"), one.upgradeable ? t("manage.changeable") : t("manage.fixed")],
        ])}
      </section>
      ${this.wrong ? html`<p class="notice bad" role="alert"><span>${foreign(this.wrong, { limit: 400 })}</span></p>` : nothing}
      ${me && one.heir === me ? this.accepting() : nothing}
      ${ended ? html`<p class="quiet">${t("manage.ended")}</p>` : mine ? this.choices(one) : html`<p class="quiet">${me ? t("manage.notOwner") : t("use.needsAccount")}</p>`}
    </div>`;
  }

  private choices(one: Standing): unknown {
    return html`
      ${one.owner === NOBODY ? html`<p class="quiet">${t("manage.claimFirst")}</p>` : nothing}
      ${one.upgradeable ? this.upgrading(one) : html`<section class="card"><h2>${t("manage.upgrade")}</h2><p>${t("manage.upgrade.never")}</p></section>`}
      ${this.replacing(one)} ${this.handing(one)} ${one.upgradeable ? this.freezing() : nothing} ${this.retiring(one)}`;
  }

  private upgrading(one: Standing): TemplateResult {
    const offered = one.later.filter((version) => !version.retired);
    if (!offered.length) return html`<section class="card"><h2>${t("manage.upgrade")}</h2><p>${t("manage.upgrade.none")}</p></section>`;
    const version = offered.find((each) => each.version === this.wanted) ?? offered[0]!;
    const me = account()!.address;
    const migration = /^0x([0-9a-fA-F]{2})*$/.test(this.migration) ? (this.migration as `0x${string}`) : null;
    this.price.want(this.at && `${version.version}${this.migration}${this.at}`, async () => {
      const registry = (await platform())!["templates"]!;
      const price = await read(registry, TEMPLATES, "priceOf", [version.id, version.version, me, migration ?? "0x"]);
      const [fee, bundle] = await Promise.all([ask(registry, TEMPLATES, "feeOn", [price]), bundleOfVersion(version)]);
      return { version, matches: await codeMatches(bundle, version), price, fee: fee ?? 0n };
    });
    const before = this.origin;
    const asked = this.price.value?.version.version === version.version ? this.price.value : undefined;
    return html`<section class="card" id="upgrade"><h2>${t("manage.upgrade")}</h2>
      <div class="field"><label for="to-version">${t("manage.upgrade.to")}</label>
        <select id="to-version" @change=${(event: Event) => {
          this.wanted = Number((event.target as HTMLSelectElement).value);
          this.requestUpdate();
        }}>${offered.map((each) => html`<option value=${each.version} ?selected=${each === version}>v${each.version}</option>`)}</select></div>
      <p><strong>${t("manage.kept")}</strong> ${t("manage.upgrade.kept")}</p>
      <p><strong>${t("manage.lost")}</strong> ${t("manage.upgrade.lost", { from: before.version, to: version.version })}</p>
      ${facts([
        [t("use.pay"), asked ? html`${amount(asked.price, { places: -1 })} <span class="quiet">${t("manage.burnedOf", { fee: exact(asked.fee, 18) })}</span>` : "…"],
        [t("share"), version.shareBps === before.shareBps ? html`${percent(version.shareBps)} <span class="quiet">${t("noChange")}</span>` : html`${percent(before.shareBps)} → <strong>${percent(version.shareBps)}</strong>`],
        [t("template.payee"), version.payee === before.payee ? html`${address(version.payee)} <span class="quiet">${t("noChange")}</span>` : address(version.payee)],
        [t("template.source"), link(`/template/${version.id}?version=${version.version}&view=source`, t("manage.readSource", { n: version.version }))],
      ])}
      ${asked && !asked.matches ? html`<p class="bad" role="alert">✕ ${t("code.differs")}</p>` : nothing}
      ${this.price.problem ? html`<p class="bad" role="alert">${foreign(this.price.problem.message, { limit: 200 })}</p>` : nothing}
      <details><summary>${t("manage.migration")}</summary>
        <div class="field"><label for="migration">${t("manage.migration.data")}</label>
          <input id="migration" spellcheck="false" autocomplete="off" aria-describedby="migration-help" aria-invalid=${migration === null} .value=${this.migration} @input=${(event: InputEvent) => {
            this.migration = (event.target as HTMLInputElement).value.trim() || "0x";
            this.requestUpdate();
          }} /><small id="migration-help">${t("manage.migration.more")}</small>
          ${migration === null ? html`<span class="wrong" role="alert">✕ ${t("wrong.hex")}</span>` : nothing}</div></details>
      <p><button type="button" class="primary" id="do-upgrade" ?disabled=${!asked?.matches || migration === null} @click=${() => void this.act(() => this.upgrade(one, asked!, migration!))}>${t("review")}</button></p>
    </section>`;
  }

  private async upgrade(one: Standing, asked: Price, migration: `0x${string}`): Promise<void> {
    const { version, price } = asked;
    await this.claim(one);
    await allow(price);
    await this.send({
      sentence: t("manage.upgrade.sentence", { from: this.origin.version, to: version.version, amount: `${exact(price, 18)} MZ` }),
      act: price ? t("pay.act", { amount: `${exact(price, 18)} MZ` }) : t("manage.upgrade"),
      data: encodeFunctionData({ abi: TEMPLATES, functionName: "upgrade", args: [this.instance as `0x${string}`, version.version, agreedOf(version), migration] }),
      more: html`<p><strong>${t("manage.lost")}</strong> ${t("manage.upgrade.lost", { from: this.origin.version, to: version.version })}</p>`,
      check: () => sameTerms(version),
    });
  }

  private replacing(one: Standing): TemplateResult {
    this.others.want(this.at && "templates", async () => (await data<{ items: TemplateItem[] }>("gallery", { limit: 200 })).items);
    return html`<section class="card" id="replace"><h2>${t("manage.replace")}</h2>
      <p>${t("manage.replace.is")}</p>
      <p><strong>${t("manage.kept")}</strong> ${t("manage.replace.kept")}</p>
      <p><strong>${t("manage.lost")}</strong> ${t("manage.replace.lost")}</p>
      ${this.others.show((items) => html`<form class="row" @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const chosen = (this.querySelector("#successor") as HTMLSelectElement).value;
        void this.act(async () => {
          await this.claim(one);
          navigate(`/use/${chosen}?replaces=${this.instance}`);
        });
      }}><label for="successor">${t("manage.replace.by")}</label>
        <select id="successor">${items.map((item) => html`<option value=${`${item.id}/${item.version}`} ?selected=${item.id === this.origin.id}>${item.name.slice(0, 32)} v${item.version}</option>`)}</select>
        <button type="submit" id="do-replace">${t("manage.replace.go")}</button></form>`)}
    </section>`;
  }

  private handing(one: Standing): TemplateResult {
    let to: string | null = null;
    let wrong = "";
    try {
      to = this.heir ? accountOf(this.heir.trim()) : null;
    } catch (problem) {
      wrong = problem instanceof Wrong && has(problem.key) ? t(problem.key, problem.values) : t("wrong.account");
    }
    return html`<section class="card" id="hand-over"><h2>${t("manage.hand")}</h2>
      <p>${t("manage.hand.is")}</p>
      <p><strong>${t("manage.lost")}</strong> ${t("manage.hand.lost")}</p>
      ${one.heir === NOBODY
        ? html`<div class="field"><label for="heir">${t("manage.hand.to")}</label>
            <input id="heir" class="mono" autocomplete="off" spellcheck="false" placeholder="0x…" aria-invalid=${Boolean(wrong)} aria-describedby="heir-wrong" .value=${this.heir} @input=${(event: InputEvent) => {
              this.heir = (event.target as HTMLInputElement).value;
              this.requestUpdate();
            }} /><span class="wrong" id="heir-wrong">${wrong ? `✕ ${wrong}` : nothing}</span></div>
          <p><button type="button" id="do-offer" ?disabled=${!to} @click=${() => void this.act(async () => {
            await this.claim(one);
            await this.send({ sentence: html`${t("manage.hand.sentence")} ${inFours(to!)}`, act: t("manage.hand.act"), data: encodeFunctionData({ abi: TEMPLATES, functionName: "transferOwnership", args: [this.instance as `0x${string}`, to as `0x${string}`] }) });
            this.heir = "";
          })}>${t("review")}</button></p>`
        : html`<p>${t("manage.hand.waits")} ${address(one.heir)}</p>
          <p><button type="button" id="do-withdraw" @click=${() => void this.act(() => this.send({ sentence: t("manage.hand.withdraw"), act: t("manage.hand.withdraw.act"), data: encodeFunctionData({ abi: TEMPLATES, functionName: "transferOwnership", args: [this.instance as `0x${string}`, NOBODY] }) }))}>${t("manage.hand.withdraw.act")}</button></p>`}
    </section>`;
  }

  private accepting(): TemplateResult {
    return html`<section class="card" id="accept"><h2>${t("manage.accept")}</h2><p>${t("manage.accept.is")}</p>
      <p><button type="button" class="primary" id="do-accept" @click=${() => void this.act(() => this.send({ sentence: t("manage.accept.sentence"), act: t("manage.accept"), data: encodeFunctionData({ abi: TEMPLATES, functionName: "acceptOwnership", args: [this.instance as `0x${string}`] }) }))}>${t("review")}</button></p></section>`;
  }

  private freezing(): TemplateResult {
    return html`<section class="card" id="freeze"><h2>${t("manage.freeze")}</h2>
      <p><strong>${t("manage.kept")}</strong> ${t("manage.freeze.kept")}</p><p><strong>${t("manage.lost")}</strong> ${t("manage.freeze.lost")}</p>
      <p><button type="button" class="danger" id="do-freeze" @click=${() => void this.act(() => this.send({ sentence: t("manage.freeze.sentence"), act: t("manage.freeze"), data: encodeFunctionData({ abi: TEMPLATES, functionName: "freeze", args: [this.instance as `0x${string}`] }) }))}>${t("review")}</button></p></section>`;
  }

  private retiring(one: Standing): TemplateResult {
    const able = this.bundle === null || this.bundle.abi.some((item) => item.type === "function" && item.name === "onRetire");
    return html`<section class="card" id="retire"><h2>${t("manage.retire")}</h2>
      ${able
        ? html`<p><strong>${t("manage.kept")}</strong> ${t("manage.retire.kept")}</p><p><strong>${t("manage.lost")}</strong> ${t("manage.retire.lost")}</p>
          <p><button type="button" class="danger" id="do-retire" @click=${() => void this.act(async () => {
            await this.claim(one);
            await this.send({ sentence: t("manage.retire.sentence"), act: t("manage.retire.act"), data: encodeFunctionData({ abi: TEMPLATES, functionName: "retireInstance", args: [this.instance as `0x${string}`] }), ...(this.bundle ? { errors: this.bundle.abi } : {}) });
          })}>${t("review")}</button></p>`
        : html`<p>${t("manage.retire.unable")}</p>`}
    </section>`;
  }

  /** The registry keeps an owner for instances that cannot be upgraded only once their maker has shown who made it. */
  private async claim(one: Standing): Promise<void> {
    if (one.owner !== NOBODY || !one.proof) return;
    const { salt, creation } = one.proof;
    await this.send({ sentence: t("manage.claim.sentence"), act: t("manage.claim"), data: encodeFunctionData({ abi: TEMPLATES, functionName: "claim", args: [this.instance as `0x${string}`, salt, creation] }) });
  }

  private async send(plan: Omit<Plan, "to">): Promise<void> {
    const receipt = await propose({ ...plan, to: (await platform())!["templates"]! });
    if (receipt.status !== "0x1") throw new Error(t("manage.refused"));
  }

  private async act(what: () => Promise<void>): Promise<void> {
    this.wrong = "";
    try {
      await what();
    } catch (problem) {
      if (problem instanceof Wrong) this.wrong = has(problem.key) ? t(problem.key, problem.values) : problem.key;
      else if (!(problem instanceof Rejected)) this.wrong = (problem as Error).message;
    }
    this.turn++;
    this.requestUpdate();
  }
}
customElements.define("mz-manage", Manage);

/** Let the registry take exactly the price, unless it may already; `upgrade` and `replace` take no signed allowance. */
export async function allow(price: bigint): Promise<void> {
  const where = (await platform())!;
  const me = account()!.address;
  const [have, allowed] = await Promise.all([read(where["mz"]!, MZ, "balanceOf", [me]), read(where["mz"]!, MZ, "allowance", [me, where["templates"]!])]);
  if (have < price) throw new Error(t("send.short", { have: exact(have, 18), need: exact(price, 18), miss: exact(price - have, 18), coin: "MZ" }));
  if (allowed >= price) return;
  const text = `${exact(price, 18)} MZ`;
  await propose({
    sentence: html`${t("allow.sentence", { amount: text })} ${inFours(where["templates"]!)}`,
    act: t("allow.act", { amount: text }),
    to: where["mz"]!,
    data: encodeFunctionData({ abi: MZ, functionName: "approve", args: [where["templates"]!, price] }),
  });
}

async function standingOf(instance: string, origin: Origin): Promise<Standing> {
  const registry = (await platform())!["templates"]!;
  const one = [instance] as const;
  const [owner, heir, successor, retired, upgradeable, newest, made] = await Promise.all([
    read(registry, TEMPLATES, "ownerOf", one),
    read(registry, TEMPLATES, "pendingOwnerOf", one),
    read(registry, TEMPLATES, "successorOf", one),
    read(registry, TEMPLATES, "isRetired", one),
    read(registry, TEMPLATES, "isUpgradeable", one),
    versionOf(origin.id),
    madeBy(instance, origin, account()?.address),
  ]);
  const numbers = Array.from({ length: Math.max(0, newest.version - origin.version) }, (_, i) => newest.version - i);
  const later = await Promise.all(numbers.slice(0, 50).map((number) => versionOf(origin.id, number)));
  const proof = owner === NOBODY && made ? await proofOf(registry, instance, made, origin).catch(() => null) : null;
  return { owner, heir, successor, retired, upgradeable, maker: made?.user ?? null, proof, later: later.filter((version) => version.flags & UPGRADEABLE || !upgradeable) };
}

/** The use that made an instance: looked for among the reader's own, then among the newest of its template. */
async function madeBy(instance: string, origin: Origin, me: string | undefined): Promise<UseItem | null> {
  const asked: Record<string, string | undefined>[] = me ? [{ id: origin.id, user: me }, { id: origin.id }] : [{ id: origin.id }];
  for (const given of asked) {
    let cursor: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page = await data<Page<UseItem>>("uses", { ...given, limit: 200, cursor });
      const found = page.items.find((one) => one.instance.toLowerCase() === instance.toLowerCase());
      if (found) return found;
      if (!page.next) break;
      cursor = page.next;
    }
  }
  return null;
}

/** Read from the transaction that made it, and tried here: the address must come out. */
async function proofOf(registry: string, instance: string, made: UseItem, origin: Origin): Promise<Proof | null> {
  const transaction = await rpc<{ input: `0x${string}` } | null>("eth_getTransactionByHash", [made.tx]);
  if (!transaction) return null;
  const { args } = decodeFunctionData({ abi: TEMPLATES, data: transaction.input });
  type Made = { id: `0x${string}`; version: number; salt: `0x${string}`; code: `0x${string}`; args: `0x${string}` };
  const wishes = (args ?? []).flatMap((one) => (Array.isArray(one) ? one : [one])).filter((one): one is Made => typeof one === "object" && "salt" in one);
  for (const wish of wishes) {
    if (wish.id !== origin.id) continue;
    const creation = keccak256(creationOf(origin.published, wish));
    const salt = keccak256(encodeAbiParameters(["address", "bytes32", "uint32", "bytes32"].map((type) => ({ type })), [made.user, wish.id, wish.version, wish.salt] as never));
    const at = getContractAddress({ opcode: "CREATE2", from: registry as `0x${string}`, salt, bytecodeHash: creation });
    if (at.toLowerCase() === instance.toLowerCase()) return { salt: wish.salt, creation };
  }
  return null;
}

function creationOf(v: Version, wish: { code: `0x${string}`; args: `0x${string}` }): `0x${string}` {
  if (v.flags & CODE) return concat([wish.code, wish.args]);
  // OpenZeppelin's Clones: ERC-1167 with the arguments behind it, and ten bytes that return both.
  const runtime = concat(["0x363d3d373d3d3d363d73", v.implementation as `0x${string}`, "0x5af43d82803e903d91602b57fd5bf3", wish.args]);
  return concat(["0x61", toHex((runtime.length - 2) / 2, { size: 2 }), "0x3d81600a3d39f3", runtime]);
}
