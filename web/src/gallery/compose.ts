/** `/compose?part=name~id~version&part=…`: several templates in one transaction, told of each other. A text `{name}` in a
 * field stands for the address of the part of that name; the same plan as the command line's `combination.toml`. */

import { html, nothing, type TemplateResult } from "lit";
import { encodeFunctionData, type AbiFunction } from "viem";
import { MZ, TEMPLATES } from "../net/abi";
import { bundleOfVersion, codeMatches, versionOf, type Bundle, type Version } from "../net/bundle";
import { ask, read } from "../net/contract";
import { data, platform, type TemplateItem } from "../net/data";
import { link, navigate } from "../route";
import { address, inFours, txLink } from "../show/address";
import { amount, exact, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { empty, heading, Part, Screen } from "../show/screen";
import { account, fees } from "../wallet/account";
import { needsAccount } from "../wallet/needs-account";
import { propose, Rejected } from "../wallet/preview";
import { attempt, type Trial } from "../wallet/trial";
import { has, t } from "../words";
import { find } from "./instance";
import { words, type Parameter } from "./manifest";
import { ParameterForm } from "./params";
import { Wrong } from "./units";
import { agreedOf, makeWish, predict, randomSalt, sameTerms, type Wish } from "./wish";

const MOST = 16;
const NAME = /^[a-z][A-Za-z0-9_]{0,31}$/;
const REFERENCE = /\{(\w+)\}/g;
const DEBOUNCE = 200; // milliseconds after the last keystroke

interface Piece {
  name: string;
  version: Version;
  bundle: Bundle;
  matches: boolean;
  form: ParameterForm;
  salt: `0x${string}`;
  first: string; // function of the registry's first call, for templates without an initialiser
  firstForm: ParameterForm | null;
}

interface Prepared {
  user: string;
  addresses: Map<string, string>;
  wishes: Wish[];
  price: bigint;
  fee: bigint;
  have: bigint;
  allowed: bigint;
  trial: Trial;
  gasPrice: bigint;
}

class Compose extends Screen {
  private offers: Part<TemplateItem[]> = this.loads();
  private pieces: Part<Piece[]> = this.loads();
  private prepared: Part<Prepared> = this.loads();
  private known = new Map<string, string>();
  private kept = new Map<string, Piece>();
  private turn = 0;
  private timer = 0;
  private stale = false;
  private wrong = "";
  private done: { tx: string; addresses: Map<string, string> } | null = null;

  protected override render(): TemplateResult {
    if (this.done) return this.success(this.done);
    const asked = this.route.query.getAll("part").slice(0, MOST);
    this.offers.want(this.at, async () => (await data<{ items: TemplateItem[] }>("gallery", { limit: 200 })).items);
    this.pieces.want(this.at && `parts ${asked.join(" ")}`, () => Promise.all(asked.map((one) => this.piece(one))));
    return html`${heading(t("compose"))}
      <p class="lead">${t("compose.lead")}</p>
      ${this.offers.show((items) => this.adding(items, asked))}
      ${asked.length ? this.pieces.show((pieces) => this.plan(pieces), 8) : empty(t("compose.none"))}`;
  }

  private adding(items: TemplateItem[], asked: string[]): TemplateResult {
    return html`<form class="row" @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      const id = (this.querySelector("#add") as HTMLSelectElement).value;
      const item = items.find((one) => one.id === id);
      if (item) navigate(`/compose?${[...asked, `${fresh(item.name, asked)}~${item.id}~${item.version}`].map((one) => `part=${encodeURIComponent(one)}`).join("&")}`);
    }}>
      <label for="add">${t("compose.add")}</label>
      <select id="add">${items.map((one) => html`<option value=${one.id}>${one.name.slice(0, 32)} v${one.version}</option>`)}</select>
      <button type="submit" id="add-part" ?disabled=${!items.length || asked.length >= MOST}>${t("compose.add.act")}</button>
      ${asked.length >= MOST ? html`<span class="quiet">${t("compose.most", { n: MOST })}</span>` : nothing}
    </form>`;
  }

  private async piece(text: string): Promise<Piece> {
    const before = this.kept.get(text);
    if (before) return before;
    const [name = "", id = "", number = ""] = text.split("~");
    if (!NAME.test(name) || !/^0x[0-9a-fA-F]{64}$/.test(id)) throw new Error(t("compose.badLink"));
    const version = await versionOf(id, Number(number) || undefined);
    const bundle = await bundleOfVersion(version);
    const form = this.formOf(`c-${name}`, bundle.manifest.parameters, `mz.compose.${name}.${id}.${version.version}`);
    const made = { name, version, bundle, matches: await codeMatches(bundle, version), form, salt: randomSalt(), first: "", firstForm: null };
    this.kept.set(text, made);
    return made;
  }

  private formOf(id: string, parameters: readonly Parameter[], kept?: string): ParameterForm {
    const form = new ParameterForm(id, parameters, () => this.edited(), kept);
    form.fill = (text) => text.replace(REFERENCE, (whole, name: string) => this.known.get(name) ?? whole);
    return form;
  }

  private edited(): void {
    this.stale = true;
    this.wrong = "";
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.turn++;
      this.requestUpdate();
    }, DEBOUNCE);
    this.requestUpdate();
  }

  private plan(pieces: Piece[]): TemplateResult {
    const me = account()?.address;
    const sound = pieces.length > 0 && pieces.every((one) => one.matches && !one.version.retired);
    this.prepared.want(me && sound ? `${me}${this.turn}${this.at}${pieces.map((one) => one.name).join()}` : undefined, () => this.prepare(pieces));
    const p = this.tried;
    const total = p?.price ?? pieces.reduce((sum, one) => sum + one.version.price, 0n);
    return html`<form class="stack" novalidate @submit=${(event: SubmitEvent) => void this.review(event, pieces)}>
      ${pieces.map((one) => this.shown(one, pieces, me))}
      <section class="card"><h2>${t("use.money")}</h2>
        <table class="breakdown"><tbody>
          ${pieces.map((one) => html`<tr><td>${one.name}</td><td>${amount(one.version.price, { places: -1 })}</td></tr>`)}
          ${p && p.price < pieces.reduce((sum, one) => sum + one.version.price, 0n) ? html`<tr><td>${t("use.lower")}</td><td>${amount(p.price, { places: -1 })}</td></tr>` : nothing}
          ${p ? html`<tr><td>${t("compose.burned")}</td><td class="burned">${amount(p.fee, { places: -1 })}</td></tr>` : nothing}
          <tr class="total"><td>${t("use.pay")}</td><td>${amount(total, { places: -1 })}</td></tr>
          ${p ? html`<tr><td>${t("use.gas")}</td><td>${amount(p.trial.gas * p.gasPrice, { unit: "ETH" })}</td></tr>` : nothing}
        </tbody></table>
        <p class="quiet">${t("compose.allOrNone")}</p>
        ${p && p.have < p.price ? html`<p class="bad" role="alert">${t("send.short", { have: exact(p.have, 18), need: exact(p.price, 18), miss: exact(p.price - p.have, 18), coin: "MZ" })}</p>` : nothing}
      </section>
      <details><summary>${t("compose.file")}</summary><p class="quiet">${t("compose.file.more")}</p><pre tabindex="0" id="combination">${toml(pieces)}</pre></details>
      ${me ? nothing : needsAccount(t("use.needsAccount"))}
      <div class="paybar">
        <span class="verdict">${this.verdict(p, Boolean(me))}</span>
        <strong>${amount(total)} + ${t("gas")}</strong>
        <button type="submit" class="primary" id="review" ?disabled=${!me || !sound}>${t("use.review")}</button>
      </div>
    </form>`;
  }

  private verdict(p: Prepared | undefined, mine: boolean): unknown {
    if (this.wrong) return html`<span class="bad" role="alert">${foreign(this.wrong, { limit: 300 })}</span>`;
    if (p) return p.trial.ok ? html`<span class="good">✓ ${t("use.wouldSucceed", { n: p.trial.block })}</span>` : html`<span class="bad">✕ ${t("preview.fails")} ${p.trial.reason ? foreign(p.trial.reason, { limit: 160 }) : nothing}</span>`;
    if (!mine) return html`<span class="quiet">${t("use.needsAccount")}</span>`;
    const { problem } = this.prepared;
    if (problem && !this.timer) return html`<span class="quiet" role="status">${problem instanceof Wrong ? said(problem) : foreign(problem.message, { limit: 200 })}</span>`;
    return html`<span class="quiet">${t("preview.trying")}</span>`;
  }

  private shown(one: Piece, pieces: Piece[], me: string | undefined): TemplateResult {
    const others = pieces.filter((other) => other !== one).map((other) => `{${other.name}}`);
    one.form.offered = others;
    if (one.firstForm) one.firstForm.offered = others;
    const at = this.tried?.addresses.get(one.name);
    const { manifest } = one.bundle;
    return html`<section class="card" id=${`part-${one.name}`}>
      <div class="heading"><h2><span class="mono">${one.name}</span> · ${foreign(words(manifest.title), { name: true })}</h2> ${link(`/template/${one.version.id}?version=${one.version.version}`, `v${one.version.version}`)}
        <span class="spring"></span><button type="button" @click=${() => this.drop(one.name)}>${t("compose.remove")}</button></div>
      ${one.matches ? nothing : html`<p class="notice bad" role="alert"><span>${t("code.differs")}</span></p>`}
      ${one.version.retired ? html`<p class="notice warn"><span>${t("template.retired")}</span></p>` : nothing}
      ${others.length && manifest.parameters.some((p) => p.type.startsWith("address")) ? html`<p class="quiet">${t("compose.reference", { names: others.join(" ") })}</p>` : nothing}
      ${manifest.parameters.length ? one.form.render(me) : html`<p class="quiet">${t("use.noParameters")}</p>`}
      ${manifest.initialiser ? nothing : this.firstCall(one, me)}
      ${at ? html`<p>${t("use.address")}: <span class="mono wrap">${inFours(at)}</span></p>` : nothing}
      ${one.version.shareBps ? html`<p class="quiet">${t("terms.share", { share: percent(one.version.shareBps) })}</p>` : nothing}
    </section>`;
  }

  /** What the registry calls on the new instance, where the template says nothing itself: how a circle is closed. */
  private firstCall(one: Piece, me: string | undefined): unknown {
    const functions = one.bundle.abi.filter((item): item is AbiFunction => item.type === "function" && !["view", "pure"].includes(item.stateMutability));
    if (!functions.length) return nothing;
    return html`<details ?open=${one.first !== ""}><summary>${t("compose.first")}</summary>
      <p class="quiet">${t("compose.first.more")}</p>
      <div class="field"><label for=${`first-${one.name}`}>${t("compose.first.function")}</label>
        <select id=${`first-${one.name}`} @change=${(event: Event) => {
          one.first = (event.target as HTMLSelectElement).value;
          const chosen = functions.find((item) => signature(item) === one.first);
          one.firstForm = chosen ? this.formOf(`f-${one.name}`, chosen.inputs.map(plainParameter)) : null;
          this.edited();
        }}><option value="">${t("compose.first.none")}</option>${functions.map((item) => html`<option value=${signature(item)} ?selected=${one.first === signature(item)}>${signature(item).slice(0, 80)}</option>`)}</select></div>
      ${one.firstForm ? one.firstForm.render(me) : nothing}
    </details>`;
  }

  private drop(name: string): void {
    const left = this.route.query.getAll("part").filter((one) => !one.startsWith(`${name}~`));
    navigate(`/compose${left.length ? `?${left.map((one) => `part=${encodeURIComponent(one)}`).join("&")}` : ""}`);
  }

  private get tried(): Prepared | undefined {
    const found = this.prepared.value;
    return !this.stale && !this.prepared.problem && found?.user === account()?.address ? found : undefined;
  }

  /** Addresses in the order in which parts depend on each other; then everything tried at once. Throws Wrong. */
  private async prepare(pieces: Piece[]): Promise<Prepared> {
    const me = account()!.address;
    const turn = this.turn;
    const wishes = await this.wishes(pieces, me);
    const where = (await platform())!;
    const registry = where["templates"]!;
    const [prices, have, allowed, gas] = await Promise.all([
      Promise.all(wishes.map((one) => read(registry, TEMPLATES, "priceOf", [one.id, one.version, me, one.args]))),
      ask(where["mz"]!, MZ, "balanceOf", [me]),
      ask(where["mz"]!, MZ, "allowance", [me, registry]),
      fees(),
    ]);
    const price = prices.reduce((sum, one) => sum + one, 0n);
    const burned = await Promise.all(prices.map((one) => ask(registry, TEMPLATES, "feeOn", [one])));
    const enough = (allowed ?? 0n) >= price;
    const trial = await attempt({
      from: me,
      to: registry,
      data: encodeFunctionData({ abi: TEMPLATES, functionName: "compose", args: [wishes as never] }),
      value: 0n,
      ...(enough ? {} : { allowance: { token: where["mz"]!, spender: registry, amount: price } }),
    });
    if (turn === this.turn && !this.timer) this.stale = false;
    const fee = burned.reduce<bigint>((sum, one) => sum + (one ?? 0n), 0n);
    return { user: me, addresses: new Map(this.known), wishes, price, fee, have: have ?? 0n, allowed: allowed ?? 0n, trial, gasPrice: gas.maxFeePerGas };
  }

  private async wishes(pieces: Piece[], me: string): Promise<Wish[]> {
    const known = (this.known = new Map<string, string>());
    const made = new Map<string, Wish>();
    for (const one of pieces) {
      if (one.bundle.manifest.kind !== "upgradeable") continue;
      // A proxy's address depends on neither parameters nor call.
      const { id, version } = one.version;
      known.set(one.name, await predict({ id, version, agreed: agreedOf(one.version), salt: one.salt, code: "0x", args: "0x", init: "0x" }, me));
    }
    let waiting = pieces;
    while (waiting.length) {
      const ready = waiting.filter((one) => one.bundle.manifest.parameters.every((p) => [...one.form.text(p).matchAll(REFERENCE)].every(([, name]) => known.has(name!) || !pieces.some((other) => other.name === name))));
      if (!ready.length) throw new Error(t("compose.circle", { names: waiting.map((one) => one.name).join(", ") }));
      for (const one of ready) {
        const values = one.form.values(me);
        if (!values) throw new Error(t("compose.incomplete", { name: one.name }));
        const wish = await makeWish(one.version, one.bundle, values, one.salt);
        made.set(one.name, wish);
        known.set(one.name, await predict(wish, me));
      }
      waiting = waiting.filter((one) => !ready.includes(one));
    }
    return pieces.map((one) => {
      const wish = made.get(one.name)!;
      if (!one.firstForm) return wish;
      const values = one.firstForm.values(me);
      if (!values) throw new Error(t("compose.incomplete", { name: one.name }));
      const [name, list] = one.first.split("(");
      const item = find(one.bundle.abi, name!, list === ")" ? 0 : list!.split(",").length);
      return { ...wish, init: encodeFunctionData({ abi: [item], functionName: item.name, args: Object.values(values) }) };
    });
  }

  private async review(event: SubmitEvent, pieces: Piece[]): Promise<void> {
    event.preventDefault();
    this.wrong = "";
    for (const one of pieces) {
      one.form.showAll();
      one.firstForm?.showAll();
    }
    this.requestUpdate();
    try {
      const { wishes, price, allowed, addresses } = await this.prepare(pieces);
      const where = (await platform())!;
      const text = `${exact(price, 18)} MZ`;
      const receipt = await propose({
        sentence: price ? t("compose.sentence", { n: pieces.length, amount: text }) : t("compose.sentence.free", { n: pieces.length }),
        act: price ? t("pay.act", { amount: text }) : t("use.act.free"),
        to: where["templates"]!,
        data: encodeFunctionData({ abi: TEMPLATES, functionName: "compose", args: [wishes as never] }),
        ...(allowed >= price
          ? {}
          : {
              allowance: {
                token: where["mz"]!,
                spender: where["templates"]!,
                amount: price,
                with: (permit) => encodeFunctionData({ abi: TEMPLATES, functionName: "composeWithPermit", args: [wishes as never, permit] }),
              },
            }),
        more: html`<ul class="tree">${[...addresses].map(([name, at]) => html`<li><span class="mono">${name}</span> <span class="mono wrap">${inFours(at)}</span></li>`)}</ul>`,
        check: async () => void (await Promise.all(pieces.map((one) => sameTerms(one.version)))),
      });
      if (receipt.status === "0x1") this.done = { tx: receipt.transactionHash, addresses };
    } catch (problem) {
      if (problem instanceof Wrong) this.wrong = said(problem);
      else if (!(problem instanceof Rejected)) this.wrong = (problem as Error).message;
    }
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }

  private success({ tx, addresses }: { tx: string; addresses: Map<string, string> }): TemplateResult {
    return html`${heading(t("compose.done"))}
      <div class="notice good"><p class="verdict">✓ ${t("compose.done.more")}</p></div>
      <ul class="tree">${[...addresses].map(([name, at]) => html`<li><p><strong class="mono">${name}</strong> ${address(at, { full: true })}</p><p>${link(`/deal/${at}`, t("use.open"), "button")}</p></li>`)}</ul>
      <p>${t("receipt")}: ${txLink(tx)}</p>
      <p>${link("/me", t("home.mine"), "button")}</p>`;
  }
}
customElements.define("mz-compose", Compose);

function said(problem: Wrong): string {
  return has(problem.key) ? t(problem.key, problem.values) : problem.key;
}

/** A part's name out of a template's: letters, digits and _, and not taken. */
function fresh(template: string, asked: string[]): string {
  const taken = new Set(asked.map((one) => one.split("~")[0]));
  const plain = template.replace(/-+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/[^A-Za-z0-9_]/g, "").slice(0, 28);
  const start = NAME.test(plain) ? plain : "part";
  for (let n = 1; ; n++) {
    const name = n === 1 ? start : `${start}${n}`;
    if (!taken.has(name)) return name;
  }
}

function signature(item: AbiFunction): string {
  return `${item.name}(${item.inputs.map((one) => one.type).join(",")})`;
}

function plainParameter(one: { name?: string; type: string }, i: number): Parameter {
  const name = one.name || `arg${i}`;
  return { name, type: one.type, ...(one.type === "address" ? { unit: "account" } : {}), label: { en: name }, choices: [] };
}

/** The plan as the command line reads it. */
function toml(pieces: Piece[]): string {
  const parts = pieces.map((one) => {
    const { parameters } = one.bundle.manifest;
    const values = parameters.map((p) => [p.name, one.form.text(p)] as const).filter(([, text]) => text !== "");
    const list = values.map(([name, text]) => `${name} = ${JSON.stringify(text)}`).join(", ");
    const first = one.firstForm ? `init = { function = ${JSON.stringify(one.first.split("(")[0])}, arguments = [${one.firstForm.parameters.map((p) => JSON.stringify(one.firstForm!.text(p))).join(", ")}] }\n` : "";
    return `[[part]]\nname = "${one.name}"\ntemplate = "${one.version.id}"\nversion = ${one.version.version}\n${list ? `values = { ${list} }\n` : ""}${first}`;
  });
  return `name = "combination"\n\n${parts.join("\n")}`;
}
