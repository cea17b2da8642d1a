/** `/deal/:instance`: where does this stand, what can I do, what if nobody acts? Drawn from the manifest alone. */

import { html, nothing, type TemplateResult } from "lit";
import "./manage";
import { encodeFunctionData } from "viem";
import { MZ, TEMPLATES, TILL } from "../net/abi";
import { bundleOfVersion, originOf, UPGRADEABLE, type Bundle, type Origin } from "../net/bundle";
import { ask, read } from "../net/contract";
import { data, platform, platformName, type DepositItem, type Page, type SettledItem } from "../net/data";
import { rpc } from "../net/node";
import { link } from "../route";
import { address, inFours } from "../show/address";
import { exact, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { list, tabs } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { absolute, deadline } from "../show/time";
import { account } from "../wallet/account";
import { propose, Rejected } from "../wallet/preview";
import { has, t } from "../words";
import { settlements } from "../explore/columns";
import { tokenAmount } from "../explore/tokens";
import { allowed, doing, label, moneyAt, moneyOf, sceneOf, tell, valueOf, type Allowed, type Scene, type Told } from "./instance";
import { words, type Action, type State, type Step } from "./manifest";
import { ParameterForm } from "./params";
import { check, MZ as MZ_MONEY, written, Wrong, type Money, type Value } from "./units";

interface Loaded {
  origin: Origin;
  bundle: Bundle | null;
}

interface Pot {
  ref: `0x${string}`;
  token: string;
  payer: string;
  held: DepositItem;
  left: bigint;
  mine: bigint;
  expiry: number;
}

interface Now {
  money: Money;
  told: Map<string, Told | Error | null>; // null: it does not hold now; none: something is not given yet
  may: Map<string, Allowed>;
  options: Map<string, Map<string, string[]>>; // by action and argument
  pots: Pot[];
  ended: boolean;
}

const MOST_OPTIONS = 24;
const PAUSE = 150; // milliseconds after a keystroke

class Deal extends Screen {
  private loaded: Part<Loaded | null> = this.loads();
  private now_: Part<Now> = this.loads();
  private forms = new Map<string, ParameterForm>();
  private asked = new Map<string, ParameterForm>();
  private turn = 0;
  private reconsidering = 0;
  private strokes = 0;
  private wrong = new Map<string, string>();
  private shown = "";

  protected override render(): unknown {
    const at = this.route.parts[1] ?? "";
    if (!/^0x[0-9a-fA-F]{40}$/.test(at)) return html`${heading(t("deal"))}${empty(t("address.bad"))}`;
    if (this.shown !== at) {
      this.shown = at;
      this.loaded.reset();
      this.now_.reset();
      for (const kept of [this.forms, this.asked, this.wrong]) kept.clear();
    }
    const before = this.loaded.value?.origin;
    const moves = before && before.published.flags & UPGRADEABLE;
    this.loaded.want(this.at && `${at}${moves ? this.at : ""}`, async () => {
      const origin = await originOf(at);
      if (!origin) return null;
      if (before && before.version !== origin.version) {
        this.forms.clear();
        this.asked.clear();
      }
      return { origin, bundle: await bundleOfVersion(origin.published).catch(() => null) };
    });
    return this.loaded.show((one) => {
      if (!one) return html`${heading(t("deal"))}${empty(t("deal.noOrigin"), link(`/address/${at}`, t("address")))}`;
      return this.found(at, one);
    }, 8) || heading(t("deal"));
  }

  private found(at: string, one: Loaded): TemplateResult {
    const { bundle, origin } = one;
    const me = account()?.address;
    if (bundle) this.now_.want(this.at && `${at}${origin.version}${this.at}${me}${this.turn}`, () => this.read(at, bundle, me));
    const manifest = bundle?.manifest;
    return html`
      ${heading(manifest ? foreign(words(manifest.title), { name: true }) : t("deal"), link(`/template/${origin.id}?version=${origin.version}`, `${t("template")} v${origin.version}`))}
      <p class="lead">${address(at, { full: true })}</p>
      ${tabs(this.query("view") ?? "", [["", t("deal")], ["owner", t("manage.title")]])}
      ${this.query("view") === "owner" ? html`<mz-manage .instance=${at} .origin=${origin} .bundle=${bundle}></mz-manage>` : this.standing(at, one)}`;
  }

  private standing(at: string, one: Loaded): TemplateResult {
    const { bundle, origin } = one;
    const me = account()?.address;
    const manifest = bundle?.manifest;
    return html`${bundle && manifest
        ? this.now_.show((now) => html`
            ${now.ended ? html`<p class="notice warn" id="ended"><span>${t("deal.ended")}</span></p>` : nothing}
            <div class="two">
              <section class="card"><h2>${t("deal.state")}</h2>
                ${manifest.states.length ? manifest.states.map((state) => this.state(state, now)) : html`<p class="quiet">${t("deal.noStates")}</p>`}
                <p class="quiet">${t("deal.authorWords")}</p>
              </section>
              <section class="card"><h2>${t("deal.ifNobody")}</h2>${this.ifNobody(now)}</section>
            </div>
            <section class="tight"><h2>${t("deal.youCan")}</h2>
              ${manifest.actions.length ? manifest.actions.map((action) => this.action(at, one.bundle!, action, now, me)) : html`<p class="quiet">${t("deal.noActions")} ${link(`/address/${at}?view=write`, t("write"))}</p>`}
            </section>
            ${now.pots.length ? this.money(now.pots, me) : nothing}`, 6)
        : empty(t("template.noBundle"), link(`/address/${at}`, t("address")))}
      <section class="tight"><h2>${t("deal.terms")}</h2>
        ${facts([
          [t("template"), link(`/template/${origin.id}?version=${origin.version}`, `${origin.id.slice(0, 10)}… v${origin.version}`)],
          [t("share"), html`${percent(origin.shareBps)} → ${address(origin.payee)}`],
          [t("code"), origin.published.flags & UPGRADEABLE ? t("deal.code.changeable") : t("deal.code")],
        ])}
      </section>
      <section class="tight"><h2>${t("deal.history")}</h2>
        ${list<SettledItem>({ list: "settlements", name: t("deal.history"), route: this.route, given: { account: at }, limit: 20, columns: settlements(), none: t("deal.noTrades") })}
      </section>`;
  }

  private async read(at: string, bundle: Bundle, me: string | undefined): Promise<Now> {
    const { manifest, abi } = bundle;
    let strokes = this.strokes;
    const told = new Map<string, Told | Error | null>();
    const may = new Map<string, Allowed>();
    const options = new Map<string, Map<string, string[]>>();
    const bare = sceneOf(at, abi, me);
    const money = await moneyOf(manifest, bare).catch(() => MZ_MONEY);
    const [pots, ended] = await Promise.all([
      potsOf(at, me),
      read((await platform())!["templates"]!, TEMPLATES, "isRetired", [at]),
      ...manifest.states.map(async (state) => {
        const values = this.stateValues(state, me, money);
        if (!values) return;
        const scene: Scene = { ...bare, money, values, parameters: state.arguments };
        told.set(state.name, await tell(state, scene).catch((problem: Error) => problem));
      }),
      ...manifest.actions.map(async (action) => {
        await this.considered(action, { ...bare, money }, { may, options });
      }),
    ]);
    // What was written while this was read is what counts.
    while (this.strokes !== strokes) {
      strokes = this.strokes;
      await Promise.all(manifest.actions.map((action) => this.considered(action, { ...bare, money }, { may, options })));
    }
    return { money, told, may, options, pots, ended };
  }

  private stateValues(state: State, me: string | undefined, money: Money): Record<string, Value> | null {
    if (!state.arguments.length) return {};
    let form = this.asked.get(state.name);
    if (!form) {
      form = new ParameterForm(`s-${state.name}`, state.arguments, () => {
        this.turn++;
        this.requestUpdate();
      });
      this.asked.set(state.name, form);
    }
    const found: Record<string, Value> = {};
    for (const one of state.arguments) {
      try {
        found[one.name] = check(one, form.text(one), me, money);
      } catch {
        return null;
      }
    }
    return found;
  }

  private state(state: State, now: Now): TemplateResult {
    const told = now.told.get(state.name);
    const form = this.asked.get(state.name);
    if (!told && !form) return html``;
    return html`<div class="tight">
      ${told instanceof Error
        ? html`<p class="quiet">${t("deal.cannotRead")} ${foreign(told.message, { limit: 200 })}</p>`
        : told
          ? html`<p>${foreign(told.sentence, { limit: 600 })}</p>${told.deadline ? html`<p class="quiet">${t("deal.until")} ${deadline(told.deadline, this.now)}</p>` : nothing}`
          : html`<p class="quiet">${told === null ? html`${t("deal.notSo")} “${foreign(words(state.sentence).replace(/\{\w+\}/g, "…"), { limit: 300 })}”` : t("deal.askState")}</p>`}
      ${form ? html`<details><summary>${t("deal.askOther")}</summary>${form.render(account()?.address)}</details>` : nothing}
    </div>`;
  }

  /** The author's defaults are quoted; what the Till guarantees is said in our words. */
  private ifNobody(now: Now): unknown {
    const own = [...now.told.values()].filter((one): one is Told => one !== null && !(one instanceof Error) && Boolean(one.otherwise) && one.deadline !== null);
    const held = now.pots.filter((pot) => pot.left > 0n);
    if (!own.length && !held.length) return html`<p>${t("deal.nothingWaits")}</p>`;
    return html`${own.map((one) => html`<p><strong>${deadline(one.deadline!, this.now)}</strong>: “${foreign(one.otherwise, { limit: 400 })}”</p>`)}
    ${held.map((pot) => html`<p>${t("deal.expiry", { time: absolute(pot.expiry) })} ${tokenAmount(pot.token, pot.left, { places: -1 })}.</p>`)}
    ${held.length ? html`<p class="quiet">${t("deal.guarantee")}</p>` : nothing}`;
  }

  private money(pots: Pot[], me: string | undefined): TemplateResult {
    return html`<section class="tight"><h2>${t("deal.money")}</h2>
      <div class="scroll" tabindex="0"><table class="rows"><thead><tr><th>${t("payer")}</th><th class="right">${t("deal.paidIn")}</th><th class="right">${t("deal.left")}</th><th>${t("deal.expires")}</th><th></th></tr></thead>
        <tbody>${pots.map((pot) => html`<tr>
          <td data-label=${t("payer")}>${address(pot.payer)}</td>
          <td data-label=${t("deal.paidIn")} class="right">${tokenAmount(pot.token, pot.mine)}</td>
          <td data-label=${t("deal.left")} class="right">${tokenAmount(pot.token, pot.left)}</td>
          <td data-label=${t("deal.expires")}>${deadline(pot.expiry, this.now)}</td>
          <td>${pot.left > 0n && pot.mine > 0n && this.now > pot.expiry && me ? html`<button type="button" @click=${() => void this.reclaim(pot)}>${t("deal.reclaim")}</button>` : nothing}</td>
        </tr>`)}</tbody></table></div>
      <p class="quiet">${t("deal.guarantee")}</p></section>`;
  }

  private async reclaim(pot: Pot): Promise<void> {
    const where = await platform();
    await propose({
      sentence: html`${t("deal.reclaim.sentence")} ${address(pot.payer, { plain: true })}`,
      act: t("deal.reclaim"),
      to: where!["till"]!,
      data: encodeFunctionData({ abi: TILL, functionName: "reclaim", args: [this.route.parts[1] as `0x${string}`, pot.token as `0x${string}`, pot.ref, pot.payer as `0x${string}`] }),
    }).catch(() => undefined);
    this.turn++;
    this.requestUpdate();
  }

  private action(at: string, bundle: Bundle, action: Action, now: Now, me: string | undefined): TemplateResult {
    const may = now.may.get(action.name);
    let form = this.forms.get(action.name);
    if (!form) {
      form = new ParameterForm(`a-${action.name}`, action.arguments, () => {
        this.strokes++;
        this.requestUpdate();
        window.clearTimeout(this.reconsidering);
        this.reconsidering = window.setTimeout(() => void this.reconsider(at, bundle, action), PAUSE);
      });
      this.forms.set(action.name, form);
    }
    form.money = now.money;
    form.options = now.options.get(action.name) ?? form.options;
    const why = !me ? t("use.needsAccount") : may && !may.now ? t("deal.notNow") : may && !may.mine ? t("deal.notYou") : "";
    const wrong = this.wrong.get(action.name);
    return html`<details class="card" ?open=${Boolean(may?.mine && may.now && me) && bundle.manifest.actions.length < 4}>
      <summary><strong>${foreign(label(action, form.values(me), now.money), { limit: 160 })}</strong> ${may && !may.now ? html`<span class="badge">${t("deal.notNow")}</span>` : nothing}</summary>
      <form class="tight" @submit=${(event: SubmitEvent) => void this.act(event, at, bundle, action, form)} novalidate>
        ${action.help ? html`<p class="quiet">${foreign(words(action.help), { limit: 600 })}</p>` : nothing}
        ${form.render(me)}
        ${may?.who ? html`<p class="quiet">${t("deal.who")} ${address(may.who)}</p>` : nothing}
        ${wrong ? html`<p class="bad" role="alert">${foreign(wrong, { limit: 300 })}</p>` : nothing}
        <p class="row"><button type="submit" class="primary" id=${`do-${action.name}`} ?disabled=${Boolean(why)}>${t("review")}</button> ${why ? html`<span class="quiet">${why}</span>` : nothing}</p>
      </form>
    </details>`;
  }

  /** Who may and when, and what there is to choose from, can depend on what was just written. */
  private async reconsider(at: string, bundle: Bundle, action: Action): Promise<void> {
    const now = this.now_.value;
    if (!now) return;
    await this.considered(action, sceneOf(at, bundle.abi, account()?.address, now.money), now);
    this.requestUpdate();
  }

  private async considered(action: Action, bare: Scene, now: Pick<Now, "may" | "options">): Promise<void> {
    const form = this.forms.get(action.name);
    const scene: Scene = { ...bare, values: form?.given(bare.me) ?? {}, parameters: action.arguments };
    now.may.set(action.name, await allowed(action, scene));
    now.options.set(action.name, await optionsOf(action, scene));
  }

  /** One transaction of an action; an allowance is signed for exactly its amount, or sent first for other tokens. */
  private async carryOut(scene: Scene, step: Step, said: TemplateResult): Promise<void> {
    const what = await doing(step.deed, scene);
    if (!what.gross) {
      await propose({ sentence: said, act: t("contract.sign"), to: what.to, data: what.data, value: what.value });
      return;
    }
    const where = (await platform())!;
    const { token, gross, spender } = what;
    const me = scene.me!;
    const money = await moneyAt(token);
    const text = `${exact(gross, money.decimals)} ${money.symbol}`;
    const [have, allowance, quote] = await Promise.all([
      spender ? read(token, MZ, "balanceOf", [me]) : rpc<string>("eth_getBalance", [me, "latest"]).then(BigInt),
      spender ? ask(token, MZ, "allowance", [me, spender]) : null,
      ask(where["till"]!, TILL, "quote", [gross, scene.address]),
    ]);
    if (have < gross) {
      const show = (raw: bigint): string => exact(raw, money.decimals);
      throw new Error(t("send.short", { have: show(have), need: show(gross), miss: show(gross - have), coin: money.symbol }));
    }
    const lacks = spender !== null && (allowance ?? 0n) < gross;
    if (lacks && !what.withPermit) {
      await propose({
        sentence: html`${t("allow.sentence", { amount: text })} ${inFours(spender)}`,
        act: t("allow.act", { amount: text }),
        to: token,
        data: encodeFunctionData({ abi: MZ, functionName: "approve", args: [spender as `0x${string}`, gross] }),
      });
    }
    await propose({
      sentence: html`${t("pay.sentence", { amount: text })} ${said}`,
      act: t("pay.act", { amount: text }),
      to: what.to,
      data: what.data,
      value: what.value,
      ...(lacks && what.withPermit ? { allowance: { token, spender, amount: gross, with: what.withPermit as never } } : {}),
      more: what.holds ? html`<p>${t("deal.guarantee")}</p>` : quote ? breakdown(token, gross, quote) : nothing,
    });
  }

  private async act(event: SubmitEvent, at: string, bundle: Bundle, action: Action, form: ParameterForm): Promise<void> {
    event.preventDefault();
    const me = account()?.address;
    form.showAll();
    this.wrong.delete(action.name);
    this.requestUpdate();
    const values = form.values(me);
    if (!me || !values) return;
    try {
      const scene: Scene = { ...sceneOf(at, bundle.abi, me, form.money), values, parameters: action.arguments };
      for (const step of action.steps) {
        if (step.when && !(await valueOf(step.when, scene))) continue;
        const named = step.label ? words(step.label) : label(action, values, form.money);
        await this.carryOut(scene, step, html`“${foreign(named, { limit: 160 })}” ${t("deal.at")} ${address(at, { plain: true })}`);
      }
      this.turn++;
    } catch (problem) {
      if (problem instanceof Wrong) this.wrong.set(action.name, has(problem.key) ? t(problem.key, problem.values) : problem.key);
      else if (!(problem instanceof Rejected)) this.wrong.set(action.name, (problem as Error).message);
    }
    this.requestUpdate();
  }
}
customElements.define("mz-deal", Deal);

/** What the instance lists for arguments to choose from. A list that cannot be read now is a list of nothing. */
async function optionsOf(action: Action, scene: Scene): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const one of action.arguments) {
    if (one.options === undefined) continue;
    const values = await valueOf(one.options, scene).catch(() => []);
    if (Array.isArray(values)) found.set(one.name, values.slice(-MOST_OPTIONS).map((value) => written(one, value, scene.money)));
  }
  return found;
}

function breakdown(token: string, gross: bigint, quote: readonly [bigint, bigint, string, bigint]): TemplateResult {
  const [fee, share, , net] = quote;
  const shown = (raw: bigint): TemplateResult => tokenAmount(token, raw, { places: -1 });
  return html`<table class="breakdown"><tbody>
    <tr><td>${t("pay.net")}</td><td>${shown(net)}</td></tr>
    ${share ? html`<tr><td>${t("pay.share")}</td><td>${shown(share)}</td></tr>` : nothing}
    <tr><td>${platformName(token) === "mz" ? t("use.burned") : t("fee.platform")}</td><td class="burned">${shown(fee)}</td></tr>
    <tr class="total"><td>${t("use.pay")}</td><td>${shown(gross)}</td></tr>
  </tbody></table>`;
}

/** Pots that somebody has paid into, by deposit; what is left is asked of the Till. */
async function potsOf(at: string, me: string | undefined): Promise<Pot[]> {
  const where = await platform();
  if (!where?.["till"]) return [];
  const page = await data<Page<DepositItem>>("deposits", { instance: at, limit: 100 });
  const seen = new Map<string, DepositItem>();
  for (const item of page.items) {
    const mine = !me || item.payer.toLowerCase() === me.toLowerCase() ? "0" : "1";
    const key = `${mine}${item.ref}${item.token}${item.payer}`;
    if (item.kind === "held" && !seen.has(key)) seen.set(key, item);
  }
  const entries = [...seen.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, 20);
  return Promise.all(
    entries.map(async ([, held]) => {
      const [pot, mine] = await Promise.all([
        read(where["till"]!, TILL, "pot", [at, held.token, held.ref]),
        read(where["till"]!, TILL, "paidIn", [at, held.token, held.ref, held.payer]),
      ]);
      return { ref: held.ref as `0x${string}`, token: held.token, payer: held.payer, held, left: pot.left, mine, expiry: Number(pot.expiry) };
    }),
  );
}
