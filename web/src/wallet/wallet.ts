/** `/wallet`: what do I have, can I pay? Create, import, lock, send, receive, allow, sign; network and token buttons. */

import { html, nothing, type TemplateResult } from "lit";
import { encodeFunctionData } from "viem";
import { MZ } from "../net/abi";
import { ask, read } from "../net/contract";
import { platform, platformName, type TransferItem, type TxItem } from "../net/data";
import { chain, rpc } from "../net/node";
import { link } from "../route";
import { address, copyText, inFours, short, txLink } from "../show/address";
import { amount, exact, parseAmount } from "../show/amount";
import { foreign } from "../show/foreign";
import { list } from "../show/list";
import { heading, Part, Screen } from "../show/screen";
import { ago } from "../show/time";
import { account as checkAccount, Wrong } from "../gallery/units";
import { has, t } from "../words";
import { transactions, transfers } from "../explore/columns";
import { account, remembered, type Sent } from "./account";
import { addNetwork, addToken, connect, lookForWallets, providerOf, wallets, type Found } from "./injected";
import { all, lock, possible, put, unlock, type Kept } from "./keyring";
import { lookalike } from "./lookalike";
import { permitData, splitPermit } from "./permit";
import { propose, proposeTyped, Rejected } from "./preview";
import "./coins";
import "./make";
import "./waiting";

/** The most that an account without a backup sends at once, in wei. */
const UNSAVED: Record<string, bigint> = { MZ: 100n * 10n ** 18n, ETH: 10n ** 17n };

class WalletScreen extends Screen {
  private balances: Part<{ ether: bigint; mz: bigint | null; nonce: number; pending: number }> = this.loads();
  private kept: Part<Kept[]> = this.loads();
  private keptTurn = 0;
  private password = "";
  private wrong = "";
  private view = "";
  private busy = false;
  private form = { to: "", amount: "", coin: "MZ" };
  private spender = { who: "", amount: "", permit: false };
  private permit = ""; // the last one signed
  private typed = "";
  private signature = "";

  override connectedCallback(): void {
    super.connectedCallback();
    lookForWallets();
  }

  protected override render(): unknown {
    const view = this.route.parts[1] ?? "";
    if (view !== this.view) [this.view, this.wrong] = [view, ""]; // it was about another form
    const me = account();
    if (possible()) this.kept.want(`${me?.address}${this.keptTurn}${view}`, all);
    if (view === "new" || view === "import") return html`<mz-wallet-make .way=${view} .route=${this.route}></mz-wallet-make>`;
    if (!me) return this.doors();
    this.balances.want(this.at && `${me.address}${this.at}${remembered()[0]?.hash}`, () => balances(me.address));
    return html`
      ${heading(t("nav.wallet"), html`<span class="spring"></span>
        ${me.kind === "builtin" ? html`<button type="button" id="lock" @click=${() => void lock()}>${t("wallet.lock")}</button>` : html`<span class="badge">${foreign(me.label)}</span>`}`)}
      <p class="lead">${address(me.address, { full: true })}</p>
      ${this.balances.show((one) => html`<div class="grid">
          ${one.mz === null ? nothing : html`<div class="card"><h2>MZ</h2><p class="figure">${amount(one.mz, { places: 2 })}</p></div>`}
          <div class="card"><h2>ETH</h2><p class="figure">${amount(one.ether, { places: 4, unit: "ETH" })}</p></div>
        </div>
        ${one.pending > one.nonce ? html`<p class="notice warn"><span>${t("wallet.waiting", { n: one.pending - one.nonce })} ${link("/wallet/activity", t("activity"))}</span></p>` : nothing}`)}
      ${this.backup(me.address)}
      ${this.balances.value && (!this.balances.value.mz || !this.balances.value.ether) ? html`<mz-coins .me=${me.address}></mz-coins>` : nothing}
      <nav class="tabs" aria-label=${t("views")}>
        ${(["", "send", "receive", "allow", "sign", "activity"] as const).map((one) => {
          const path = one ? `/wallet/${one}` : "/wallet";
          return html`<a href=${path} aria-current=${view === one ? "page" : "false"} @click=${(event: MouseEvent) => this.go(event, path)}>${t(`wallet.${one || "overview"}`)}</a>`;
        })}
      </nav>
      ${view === "send" ? this.send(me.address) : view === "receive" ? this.receive(me.address) : view === "allow" ? this.allow(me.address) : view === "sign" ? this.sign() : view === "activity" ? this.activity(me.address) : this.overview(me.address)}
    `;
  }

  private go(event: MouseEvent, path: string): void {
    event.preventDefault();
    history.pushState(null, "", path);
    window.dispatchEvent(new CustomEvent("mz-route", { detail: { replace: false } }));
  }

  // --- without an account ----------------------------------------------------------------------------------------------

  private doors(): TemplateResult {
    const found = wallets();
    return html`
      ${heading(t("nav.wallet"))}
      <p class="lead">${t("wallet.lead")}</p>
      <div class="two">
        <section class="card">
          <h2>${t("wallet.builtin")}</h2>
          ${possible()
            ? html`<p class="quiet">${t("wallet.builtin.more")}</p>
                ${this.kept.show((kept) => kept.map((one) => this.locked(one)))}
                <p class="row">${link("/wallet/new", t("wallet.create"), "button primary")} ${link("/wallet/import", t("wallet.import"), "button")}</p>`
            : html`<p class="notice warn"><span>${t("wallet.insecure")}</span></p>`}
        </section>
        <section class="card">
          <h2>${t("wallet.yours")}</h2>
          <p class="quiet">${t("wallet.yours.more")}</p>
          ${found.length
            ? found.map((one) => html`<p><button type="button" class="connect" @click=${() => void this.connect(one)}>${one.icon ? html`<img src=${one.icon} alt="" width="24" height="24" />` : nothing} ${foreign(one.name, { limit: 32, name: true })}</button> <span class="quiet mono">${foreign(one.rdns, { limit: 40 })}</span></p>`)
            : html`<p>${t("wallet.noneFound")}</p>`}
          ${this.wrong ? html`<p class="bad" role="alert">${foreign(this.wrong, { limit: 300 })}</p>` : nothing}
        </section>
      </div>`;
  }

  private locked(one: Kept): TemplateResult {
    return html`<form class="tight" @submit=${(event: SubmitEvent) => void this.unlock(event, one)}>
      <p>${address(one.address, { plain: true })}</p>
      <div class="field"><label for=${`pw-${one.address}`}>${t("wallet.password")}</label>
        <div class="row"><input id=${`pw-${one.address}`} type="password" autocomplete="current-password" @input=${(event: InputEvent) => (this.password = (event.target as HTMLInputElement).value)} />
        <button type="submit" ?disabled=${this.busy}>${this.busy ? t("wallet.opening") : t("wallet.unlock")}</button></div>
        ${this.wrong ? html`<p class="wrong" role="alert">${foreign(this.wrong, { limit: 200 })}</p>` : nothing}
      </div>
    </form>`;
  }

  private async unlock(event: SubmitEvent, one: Kept): Promise<void> {
    event.preventDefault();
    this.busy = true;
    this.wrong = "";
    this.requestUpdate();
    try {
      await unlock(one, this.password);
    } catch (problem) {
      const message = (problem as Error).message;
      this.wrong = message === "wrong password" ? t("wallet.wrongPassword") : message;
    }
    this.password = "";
    this.busy = false;
    this.requestUpdate();
  }

  private async connect(wallet: Found): Promise<void> {
    this.wrong = "";
    try {
      await connect(wallet);
    } catch (problem) {
      this.wrong = (problem as Error).message;
    }
    this.requestUpdate();
  }

  // --- with one --------------------------------------------------------------------------------------------------------

  private backup(me: string): unknown {
    const mine = this.kept.value?.find((one) => one.address === me);
    if (account()?.kind !== "builtin" || !mine || mine.backedUp) return nothing;
    return html`<p class="notice warn"><span>${t("wallet.notBackedUp")} <button type="button" class="plain" @click=${() => this.download(mine)}>${t("wallet.downloadKey")}</button></span></p>`;
  }

  private download(one: Kept): void {
    const url = URL.createObjectURL(new Blob([JSON.stringify(one.store, null, 2)], { type: "application/json" }));
    const anchor = Object.assign(document.createElement("a"), { href: url, download: `UTC--${one.address.slice(2).toLowerCase()}.json` });
    anchor.click();
    URL.revokeObjectURL(url);
    void put({ ...one, backedUp: true }).then(() => {
      this.keptTurn++;
      this.requestUpdate();
    });
  }

  private overview(me: string): TemplateResult {
    const waiting = remembered().slice(0, 5);
    const provider = account()?.kind === "injected" ? providerOf(account()!.label) : null;
    const mine = this.kept.value?.find((one) => one.address === me);
    return html`
      ${provider
        ? html`<div class="row">
            <button type="button" id="add-network" @click=${() => void this.tell(addNetwork(provider))}>${t("network.add")}</button>
            <button type="button" id="add-token" @click=${() => void platform().then((where) => where?.["mz"] && this.tell(addToken(provider, where["mz"])))}>${t("token.add")}</button>
          </div>`
        : mine
          ? html`<p><button type="button" @click=${() => this.download(mine)}>${t("wallet.downloadKey")}</button></p>`
          : nothing}
      ${this.wrong ? html`<p class="bad" role="alert">${foreign(this.wrong, { limit: 300 })}</p>` : nothing}
      ${waiting.length ? html`<section class="tight"><h2>${t("wallet.sent")}</h2>${sentRows(waiting)}</section>` : nothing}
      <section class="tight"><h2>${t("transfers")}</h2>
        ${list<TransferItem>({ list: "transfers", name: t("transfers"), route: this.route, given: { account: me }, limit: 10, columns: transfers(), none: t("wallet.nothingYet") })}</section>`;
  }

  private async tell(work: Promise<unknown>): Promise<void> {
    this.wrong = "";
    await work.catch((problem: Error) => (this.wrong = problem.message));
    this.requestUpdate();
  }

  private send(me: string): TemplateResult {
    return html`<form class="two form" @submit=${(event: SubmitEvent) => void this.submitSend(event, me)}>
      <div>
        <div class="field"><label for="to">${t("to")}</label>
          <input id="to" autocomplete="off" spellcheck="false" .value=${this.form.to} @input=${(event: InputEvent) => this.set("to", event)} aria-describedby="to-help" />
          <small id="to-help">${t("send.to.help")}</small></div>
        <div class="row">
          <div class="field"><label for="amount">${t("amount")}</label>
            <input id="amount" inputmode="decimal" autocomplete="off" .value=${this.form.amount} @input=${(event: InputEvent) => this.set("amount", event)} /></div>
          <div class="field"><label for="coin">${t("token")}</label>
            <select id="coin" .value=${this.form.coin} @change=${(event: Event) => this.set("coin", event)}><option>MZ</option><option>ETH</option></select></div>
        </div>
        ${this.wrong ? html`<p class="bad" role="alert">${this.wrong}</p>` : nothing}
        <p><button type="submit" class="primary">${t("review")}</button></p>
      </div>
      <p class="quiet">${t("send.more")}</p>
    </form>`;
  }

  private set(name: "to" | "amount" | "coin", event: Event): void {
    this.form = { ...this.form, [name]: (event.target as HTMLInputElement).value };
  }

  private async submitSend(event: SubmitEvent, me: string): Promise<void> {
    event.preventDefault();
    await this.attempt(async () => {
      const to = checkAccount(this.form.to.trim());
      const value = amountOf(this.form.amount);
      const text = `${exact(value, 18)} ${this.form.coin}`;
      this.refuseUnsaved(me, value);
      const known = await lookalike(to, me);
      const more = known ? { more: html`<p class="notice bad"><span>✕ ${t("send.lookalike", { known: short(known) })}</span></p>` } : {};
      const where = await platform();
      if (this.form.coin === "MZ") {
        if (!where?.["mz"]) throw new Error(t("noPlatform"));
        if (to === where["mz"] || platformName(to)) throw new Error(t("send.toContract"));
        const have = await read(where["mz"], MZ, "balanceOf", [me]);
        if (have < value) throw new Error(t("send.short", { have: exact(have, 18), need: exact(value, 18), miss: exact(value - have, 18), coin: "MZ" }));
        const data = encodeFunctionData({ abi: MZ, functionName: "transfer", args: [to as `0x${string}`, value] });
        await propose({ sentence: html`${t("send.sentence", { amount: text })} ${inFours(to)}`, act: t("send.act", { amount: text }), to: where["mz"], data, ...more });
      } else {
        const have = BigInt(await rpc<string>("eth_getBalance", [me, "latest"]));
        if (have < value) throw new Error(t("send.short", { have: exact(have, 18), need: exact(value, 18), miss: exact(value - have, 18), coin: "ETH" }));
        await propose({ sentence: html`${t("send.sentence", { amount: text })} ${inFours(to)}`, act: t("send.act", { amount: text }), to, data: "0x", value, ...more });
      }
      this.form = { to: "", amount: "", coin: this.form.coin };
    });
  }

  /** More than a little is sent only by an account that outlives this browser. */
  private refuseUnsaved(me: string, value: bigint): void {
    const mine = this.kept.value?.find((one) => one.address === me);
    const most = UNSAVED[this.form.coin]!;
    if (account()?.kind !== "builtin" || !mine || mine.backedUp || value <= most) return;
    throw new Error(t("send.backup", { most: `${exact(most, 18)} ${this.form.coin}` }));
  }

  private receive(me: string): TemplateResult {
    return html`<p>${t("receive.more")}</p>
      <p class="figure mono">${inFours(me)}</p>
      <p><button type="button" @click=${() => void copyText(me)}>${t("copy")}</button></p>`;
  }

  private allow(me: string): TemplateResult {
    return html`<form @submit=${(event: SubmitEvent) => void this.submitAllow(event, me)}>
      <p class="lead">${t("allow.lead")}</p>
      <div class="field"><label for="spender">${t("allow.spender")}</label>
        <input id="spender" autocomplete="off" spellcheck="false" list="known" .value=${this.spender.who} @input=${(event: InputEvent) => (this.spender = { ...this.spender, who: (event.target as HTMLInputElement).value })} /></div>
      <div class="field"><label for="cap">${t("allow.most")}</label>
        <input id="cap" inputmode="decimal" autocomplete="off" .value=${this.spender.amount} @input=${(event: InputEvent) => (this.spender = { ...this.spender, amount: (event.target as HTMLInputElement).value })} aria-describedby="cap-help" />
        <small id="cap-help">${t("allow.help")}</small></div>
      <label class="choice"><input type="checkbox" id="permit" .checked=${this.spender.permit} @change=${(event: Event) => (this.spender = { ...this.spender, permit: (event.target as HTMLInputElement).checked })} />${t("allow.sign")}</label>
      ${this.wrong ? html`<p class="bad" role="alert">${this.wrong}</p>` : nothing}
      <p><button type="submit" class="primary">${t("review")}</button></p>
      ${this.permit ? html`<div role="status"><p>${t("allow.signed")}</p><pre tabindex="0" id="signed">${this.permit}</pre></div>` : nothing}
    </form>`;
  }

  private async submitAllow(event: SubmitEvent, me: string): Promise<void> {
    event.preventDefault();
    await this.attempt(async () => {
      const who = checkAccount(this.spender.who.trim());
      const where = await platform();
      if (!where?.["mz"]) throw new Error(t("noPlatform"));
      const unlimited = this.spender.amount.trim().toLowerCase() === t("preview.word");
      const value = unlimited ? 2n ** 256n - 1n : amountOf(this.spender.amount);
      this.permit = "";
      if (this.spender.permit) {
        const typed = await permitData(me, where["mz"], who, value);
        const { deadline, v, r, s } = splitPermit(typed, await proposeTyped(typed));
        this.permit = JSON.stringify({ owner: me, spender: who, value: String(value), deadline: String(deadline), v, r, s }, null, 2);
        return;
      }
      const before = await ask(where["mz"], MZ, "allowance", [me, who]);
      const text = unlimited ? t("unlimited") : `${exact(value, 18)} MZ`;
      const data = encodeFunctionData({ abi: MZ, functionName: "approve", args: [who as `0x${string}`, value] });
      await propose({
        sentence: value ? html`${t("allow.sentence", { amount: text })} ${inFours(who)}` : html`${t("allow.takeBack")} ${inFours(who)}`,
        act: value ? t("allow.act", { amount: text }) : t("allow.takeBack.act"),
        to: where["mz"],
        data,
        more: html`<p class="quiet">${t("allow.before")} ${amount(before ?? 0n)}</p>`,
      });
      this.spender = { who: "", amount: "", permit: false };
    });
  }

  private sign(): TemplateResult {
    return html`<form @submit=${(event: SubmitEvent) => void this.submitTyped(event)}>
      <p class="lead">${t("sign.lead")}</p>
      <div class="field"><label for="typed">${t("sign.data")}</label>
        <textarea id="typed" rows="10" spellcheck="false" class="mono" .value=${this.typed} @input=${(event: InputEvent) => (this.typed = (event.target as HTMLTextAreaElement).value)}></textarea></div>
      ${this.wrong ? html`<p class="bad" role="alert">${foreign(this.wrong, { limit: 300 })}</p>` : nothing}
      <p><button type="submit" class="primary">${t("review")}</button></p>
      ${this.signature ? html`<p role="status">${t("sign.signature")} <code class="wrap" id="signature">${this.signature}</code></p>` : nothing}
    </form>`;
  }

  private async submitTyped(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    this.signature = "";
    await this.attempt(async () => {
      const data = JSON.parse(this.typed) as { domain?: { chainId?: unknown }; types?: unknown; primaryType?: unknown; message?: unknown };
      if (!data.types || !data.message || typeof data.primaryType !== "string" || !data.domain) throw new Error(t("sign.bad"));
      if (data.domain.chainId !== undefined && Number(data.domain.chainId) !== chain.chainId) throw new Error(t("sign.otherChain", { n: String(data.domain.chainId).slice(0, 20) }));
      this.signature = await proposeTyped(data as never);
    });
  }

  private activity(me: string): TemplateResult {
    const mine = remembered().filter((one) => one.from.toLowerCase() === me.toLowerCase());
    return html`
      ${mine.length ? html`<section class="tight"><h2>${t("wallet.sent")}</h2>${sentRows(mine.slice(0, 20))}<mz-waiting .me=${me} .route=${this.route}></mz-waiting></section>` : html`<mz-waiting .me=${me} .route=${this.route}></mz-waiting>`}
      <section class="tight"><h2>${t("txs")}</h2>
        ${list<TxItem>({ list: "txs", name: t("txs"), route: this.route, given: { address: me }, columns: transactions(), none: t("wallet.nothingYet") })}</section>`;
  }

  /** Runs what a form wants; what is wrong stays beside the form. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    this.wrong = "";
    try {
      await work();
    } catch (problem) {
      if (problem instanceof Wrong) this.wrong = has(problem.key) ? t(problem.key, problem.values) : problem.key;
      else if (!(problem instanceof Rejected)) this.wrong = (problem as Error).message;
    }
    this.requestUpdate();
  }
}
customElements.define("mz-wallet", WalletScreen);

function amountOf(text: string): bigint {
  const found = parseAmount(text.replace(/(MZ|ETH)\s*$/i, ""), 18);
  if ("wrong" in found) throw new Wrong(found.wrong === "decimals" ? "wrong.decimals" : "wrong.amount", { n: "18" });
  return found.raw;
}

function sentRows(rows: Sent[]): TemplateResult {
  return html`<ul class="tree">${rows.map((one) => html`<li>${ago(one.at)} ${one.what} ${txLink(one.hash)}</li>`)}</ul>`;
}

async function balances(me: string): Promise<{ ether: bigint; mz: bigint | null; nonce: number; pending: number }> {
  const where = await platform();
  const [ether, mz, nonce, pending] = await Promise.all([
    rpc<string>("eth_getBalance", [me, "latest"]),
    where?.["mz"] ? ask(where["mz"], MZ, "balanceOf", [me]) : null,
    rpc<string>("eth_getTransactionCount", [me, "latest"]),
    rpc<string>("eth_getTransactionCount", [me, "pending"]),
  ]);
  return { ether: BigInt(ether), mz, nonce: Number(nonce), pending: Number(pending) };
}
