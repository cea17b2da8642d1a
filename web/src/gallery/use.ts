/** `/use/:id/:version`: what exactly will I get for what? Form, money, address, trial; then sign, then success. */

import { html, nothing, type TemplateResult } from "lit";
import { encodeFunctionData } from "viem";
import { MZ, TEMPLATES } from "../net/abi";
import { bundleOfVersion, codeMatches, versionOf, type Bundle, type Version } from "../net/bundle";
import { ask, read } from "../net/contract";
import { platform } from "../net/data";
import { chain } from "../net/node";
import { link } from "../route";
import { address, inFours, txLink } from "../show/address";
import { amount, exact, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { heading, Part, Screen } from "../show/screen";
import { account, fees } from "../wallet/account";
import { needsAccount } from "../wallet/needs-account";
import { propose, Rejected, type Receipt } from "../wallet/preview";
import { attempt, type Trial } from "../wallet/trial";
import { has, t } from "../words";
import { words } from "./manifest";
import { moneyAt } from "./instance";
import { allow } from "./manage";
import { ParameterForm } from "./params";
import { makeWish, predict, randomSalt, sameTerms, type Wish } from "./wish";
import { Wrong } from "./units";

interface Loaded {
  version: Version;
  bundle: Bundle;
  matches: boolean;
  fee: bigint;
}

interface Prepared {
  user: string;
  wish: Wish;
  data: `0x${string}`;
  price: bigint; // what this account pays: the published price, or less when the author asks for less
  fee: bigint;
  instance: string;
  trial: Trial;
  have: bigint;
  allowed: bigint;
  gasPrice: bigint;
}

const DEBOUNCE = 150; // milliseconds after the last keystroke

class Use extends Screen {
  private loaded: Part<Loaded> = this.loads();
  private prepared: Part<Prepared> = this.loads();
  private form: ParameterForm | null = null;
  private salt = randomSalt();
  private turn = 0;
  private timer = 0;
  private stale = false; // what was tried is not what the form says now
  private wrong = "";
  private done: { receipt: Receipt; instance: string } | null = null;
  private newest = 0;
  private currencyAt = "";

  protected override render(): unknown {
    const [, id = "", number = ""] = this.route.parts;
    this.loaded.want(this.at && `${id}/${number}`, async () => {
      const version = await versionOf(id, Number(number));
      const bundle = await bundleOfVersion(version);
      const where = await platform();
      const [matches, fee] = await Promise.all([codeMatches(bundle, version), ask(where!["templates"]!, TEMPLATES, "feeOn", [version.price])]);
      this.form = new ParameterForm("p", bundle.manifest.parameters, () => this.edited(), `mz.use.${id}.${version.version}`);
      return { version, bundle, matches, fee: fee ?? 0n };
    });
    if (this.done) return this.success(this.done);
    return this.loaded.show((one) => this.shown(one), 8) || heading(t("use"));
  }

  private edited(): void {
    this.stale = true;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.turn++;
      this.requestUpdate();
    }, DEBOUNCE);
    this.requestUpdate();
  }

  private shown(one: Loaded): TemplateResult {
    const { version: v, bundle } = one;
    const me = account();
    this.currency(bundle);
    const values = this.form!.values(me?.address);
    const ready = me && values && one.matches && !v.retired;
    this.prepared.want(ready ? `${me.address}${this.turn}${this.at}` : undefined, () => this.prepare(one, values!));
    void versionOf(v.id).then((now) => {
      if (now.version !== this.newest) {
        this.newest = now.version;
        this.requestUpdate();
      }
    });
    return html`
      ${heading(html`${t("use.title")} “${foreign(words(bundle.manifest.title), { name: true })}”`, link(`/template/${v.id}?version=${v.version}`, `v${v.version}`))}
      ${this.newest > v.version ? html`<p class="notice warn"><span>${t("use.newer", { n: this.newest })} ${link(`/use/${v.id}/${this.newest}`, `v${this.newest}`)}</span></p>` : nothing}
      ${one.matches ? nothing : html`<p class="notice bad" role="alert"><span>${t("code.differs")}</span></p>`}
      ${v.retired ? html`<p class="notice warn"><span>${t("template.retired")}</span></p>` : nothing}
      ${this.replaces ? html`<p class="notice"><span>${t("use.replaces")} ${address(this.replaces)}</span></p>` : nothing}
      <form class="two form" @submit=${(event: SubmitEvent) => void this.review(event, one)} novalidate>
        <section><h2>1 · ${t("use.yourTerms")}</h2>${bundle.manifest.parameters.length ? this.form!.render(me?.address) : html`<p class="quiet">${t("use.noParameters")}</p>`}</section>
        <div class="stack">
          <section class="card"><h2>2 · ${t("use.money")}</h2>${this.money(one)}</section>
          <section class="card"><h2>3 · ${t("use.address")}</h2>${this.where()}</section>
        </div>
        ${this.payBar(one, Boolean(values))}
      </form>`;
  }

  /** Amounts with the unit `token` are in the currency that another field names. */
  private currency(bundle: Bundle): void {
    const named = bundle.manifest.parameters.find((one) => one.name === bundle.manifest.currency?.parameter);
    const at = named ? this.form!.text(named).trim() : "";
    if (!/^0x[0-9a-fA-F]{40}$/.test(at) || at === this.currencyAt) return;
    this.currencyAt = at;
    void moneyAt(at).then((money) => {
      this.form!.money = money;
      this.edited();
    });
  }

  /** The instance that this use is to be the successor of. */
  private get replaces(): `0x${string}` | null {
    const old = this.query("replaces") ?? "";
    return /^0x[0-9a-fA-F]{40}$/.test(old) ? (old as `0x${string}`) : null;
  }

  private money(one: Loaded): TemplateResult {
    const { version: v } = one;
    const p = this.tried;
    const { price, fee } = p ?? { price: v.price, fee: one.fee };
    return html`<table class="breakdown"><tbody>
        ${price < v.price ? html`<tr><td>${t("use.published")}</td><td><s>${amount(v.price, { places: -1 })}</s></td></tr>` : nothing}
        <tr><td>${t("use.author")}</td><td>${amount(price - fee, { places: -1 })}</td></tr>
        <tr><td>${t("use.burned")}</td><td class="burned">${amount(fee, { places: -1 })}</td></tr>
        <tr class="total"><td>${t("use.pay")}</td><td>${amount(price, { places: -1 })}</td></tr>
        ${p ? html`<tr><td>${t("use.gas")}</td><td>${amount(p.trial.gas * p.gasPrice, { unit: "ETH" })}</td></tr>` : nothing}
      </tbody></table>
      <p class="quiet">${t("use.gas.more")}</p>
      ${v.shareBps ? html`<p>${t("terms.share", { share: percent(v.shareBps) })}</p>` : nothing}
      ${p && p.have < price ? html`<p class="bad" role="alert">${t("send.short", { have: exact(p.have, 18), need: exact(price, 18), miss: exact(price - p.have, 18), coin: "MZ" })}</p>` : nothing}`;
  }

  /** The trial of exactly what the form says, for the account that is connected. */
  private get tried(): Prepared | undefined {
    const found = this.prepared.value;
    return !this.stale && found?.user === account()?.address ? found : undefined;
  }

  private where(): unknown {
    const p = this.tried;
    if (!account()) return needsAccount(t("use.needsAccount"));
    if (!p) return html`<p class="quiet">${t("use.address.later")}</p>`;
    return html`<p class="mono wrap" id="predicted">${inFours(p.instance)}</p><p class="quiet">${t("use.address.more")}</p>`;
  }

  private payBar(one: Loaded, valid: boolean): TemplateResult {
    const p = this.tried;
    const trial = p?.trial;
    return html`<div class="paybar">
      <span class="verdict">
        ${trial && valid ? (trial.ok ? html`<span class="good">✓ ${t("use.wouldSucceed", { n: trial.block })}</span>` : html`<span class="bad">✕ ${t("preview.fails")} ${trial.reason ? foreign(trial.reason, { limit: 160 }) : nothing}</span>`) : html`<span class="quiet">${account() ? (valid ? t("preview.trying") : this.form!.begun ? t("form.incomplete") : t("form.begin")) : t("use.needsAccount")}</span>`}
        ${this.wrong ? html`<span class="bad" role="alert"> ${this.wrong}</span>` : nothing}
        ${this.prepared.problem ? html`<span class="bad" role="alert"> ${foreign(this.prepared.problem.message, { limit: 200 })}</span>` : nothing}
      </span>
      <strong>${amount(p?.price ?? one.version.price)} + ${t("gas")}</strong>
      <button type="submit" class="primary" id="review" ?disabled=${!account() || one.version.retired || !one.matches}>${t("use.review")}</button>
    </div>`;
  }

  private async prepare(one: Loaded, values: NonNullable<ReturnType<ParameterForm["values"]>>): Promise<Prepared> {
    const me = account()!;
    const turn = this.turn;
    const where = (await platform())!;
    const wish = await makeWish(one.version, one.bundle, values, this.salt);
    const old = this.replaces;
    const data = old
      ? encodeFunctionData({ abi: TEMPLATES, functionName: "replace", args: [old, wish as never] })
      : encodeFunctionData({ abi: TEMPLATES, functionName: "use", args: [wish as never] });
    const price = await read(where["templates"]!, TEMPLATES, "priceOf", [wish.id, wish.version, me.address, wish.args]);
    const [fee, instance, have, allowed, gas] = await Promise.all([
      ask(where["templates"]!, TEMPLATES, "feeOn", [price]),
      predict(wish, me.address),
      ask(where["mz"]!, MZ, "balanceOf", [me.address]),
      ask(where["mz"]!, MZ, "allowance", [me.address, where["templates"]]),
      fees(),
    ]);
    const enough = (allowed ?? 0n) >= price;
    const trial = await attempt({
      from: me.address,
      to: where["templates"]!,
      data,
      value: 0n,
      ...(enough ? {} : { allowance: { token: where["mz"]!, spender: where["templates"]!, amount: price } }),
    });
    if (turn === this.turn && !this.timer) this.stale = false;
    return { user: me.address, wish, data, price, fee: fee ?? 0n, instance, trial, have: have ?? 0n, allowed: allowed ?? 0n, gasPrice: gas.maxFeePerGas };
  }

  private async review(event: SubmitEvent, one: Loaded): Promise<void> {
    event.preventDefault();
    this.wrong = "";
    this.form!.showAll();
    this.requestUpdate();
    const me = account();
    const values = this.form!.values(me?.address);
    if (!me || !values) {
      await this.updateComplete;
      this.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      return;
    }
    try {
      const { wish, data, price, instance, allowed } = await this.prepare(one, values);
      const where = (await platform())!;
      if (this.replaces) await allow(price);
      const title = words(one.bundle.manifest.title);
      const receipt = await propose({
        sentence: html`${price ? t("use.sentence", { amount: `${exact(price, 18)} MZ` }) : t("use.sentence.free")} “${foreign(title, { name: true })}”`,
        act: price ? t("pay.act", { amount: `${exact(price, 18)} MZ` }) : t("use.act.free"),
        to: where["templates"]!,
        data,
        ...(allowed >= price || this.replaces
          ? {}
          : {
              allowance: {
                token: where["mz"]!,
                spender: where["templates"]!,
                amount: price,
                with: (permit) => encodeFunctionData({ abi: TEMPLATES, functionName: "useWithPermit", args: [wish as never, permit] }),
              },
            }),
        more: html`<p>${t("use.willBe")} <span class="mono wrap">${inFours(instance)}</span></p>`,
        check: () => sameTerms(one.version),
      });
      if (receipt.status === "0x1") {
        this.done = { receipt, instance };
        this.salt = randomSalt();
        try {
          sessionStorage.removeItem(`mz.use.${one.version.id}.${one.version.version}`);
        } catch {
          // Nothing was kept then.
        }
      }
    } catch (problem) {
      if (problem instanceof Wrong) this.wrong = has(problem.key) ? t(problem.key) : problem.key;
      else if (!(problem instanceof Rejected)) this.wrong = (problem as Error).message;
    }
    this.requestUpdate();
  }

  private success({ receipt, instance }: { receipt: Receipt; instance: string }): TemplateResult {
    return html`${heading(t("use.exists"))}
      <div class="notice good"><p class="verdict">✓ ${t("use.exists.more")}</p><p>${address(instance, { full: true })}</p></div>
      <p>${t("receipt")}: ${txLink(receipt.transactionHash)}</p>
      <p class="row">${link(`/deal/${instance}`, t("use.open"), "button primary")} ${link("/me", t("home.mine"), "button")}</p>
      <p class="quiet">${t("use.share")} <code class="wrap">${location.origin}/deal/${instance}?chain=${chain.chainId}</code></p>`;
  }
}
customElements.define("mz-use", Use);
