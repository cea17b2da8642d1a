/** `/me`: what is mine, what waits for me? Instances, deals, earnings, allowances. */

import { html, type TemplateResult } from "lit";
import "./earnings";
import { encodeFunctionData, keccak256, stringToHex } from "viem";
import { MZ, TILL } from "../net/abi";
import { ask, read } from "../net/contract";
import { data, platform, type DepositItem, type EventItem, type Page, type SettledItem, type UseItem } from "../net/data";
import { link } from "../route";
import { address, inFours } from "../show/address";
import { amount } from "../show/amount";
import { list, tabs } from "../show/list";
import { empty, heading, Part, Screen } from "../show/screen";
import { ago, deadline } from "../show/time";
import { account } from "../wallet/account";
import { allowancesOf, type Allowance } from "../wallet/allowances";
import { isUnlimited } from "../wallet/unlimited";
import { needsAccount } from "../wallet/needs-account";
import { propose } from "../wallet/preview";
import { t } from "../words";
import { settlements, uses } from "../explore/columns";
import { tokenAmount } from "../explore/tokens";

const ETHER = "0x0000000000000000000000000000000000000000";
const CREDITED = keccak256(stringToHex("Credited(address,address,uint256)"));
const MOST = 200;

interface Claim {
  token: string;
  credit: bigint;
}

class Mine extends Screen {
  private waiting: Part<{ claims: Claim[]; pots: DepositItem[] }> = this.loads();
  private allowances: Part<Allowance[]> = this.loads();
  private turn = 0;

  protected override render(): unknown {
    const me = account()?.address;
    if (!me) return html`${heading(t("nav.mine"))}${needsAccount(t("mine.none"))}`;
    const view = this.query("view") ?? "";
    this.waiting.want(this.at && `${me}${this.at}${this.turn}`, () => waitingFor(me));
    return html`
      ${heading(t("nav.mine"), html`<span class="spring"></span>${link("/works", t("works"), "button")}`)}
      ${this.waiting.show(({ claims, pots }) => {
        const [due, later] = [pots.filter((pot) => pot.expiry! < this.now), pots.filter((pot) => pot.expiry! >= this.now)];
        if (!claims.length && !pots.length) return html`<p class="quiet">${t("mine.nothingWaits")}</p>`;
        return html`<section class="card" id="waiting"><h2>${t("mine.waiting")}</h2>
          ${claims.map((one) => html`<p class="row">${t("mine.claimable")} ${tokenAmount(one.token, one.credit, { places: -1 })} <button type="button" class="primary" @click=${() => void this.claim(me, one)}>${t("mine.claim")}</button></p>`)}
          ${due.map((pot) => html`<p class="row">${t("mine.expired")} ${tokenAmount(pot.token, BigInt(pot.amount))} ${deadline(pot.expiry!, this.now)} ${link(`/deal/${pot.instance}`, t("use.open"), "button")}</p>`)}
          ${later.map((pot) => html`<p class="row">${t("mine.held")} ${tokenAmount(pot.token, BigInt(pot.amount))} <span class="quiet">${t("mine.held.until", { time: deadline(pot.expiry!, this.now) })}</span> ${link(`/deal/${pot.instance}`, t("use.open"), "button")}</p>`)}
        </section>`;
      })}
      ${tabs(view, [["", t("mine.things")], ["deals", t("mine.deals")], ["earnings", t("mine.earnings")], ["allowances", t("mine.allowances")]])}
      ${view === "deals" ? this.deals(me) : view === "earnings" ? html`<mz-earnings .author=${me} .route=${this.route}></mz-earnings>` : view === "allowances" ? this.allowed(me) : list<UseItem>({ list: "instances", name: t("mine.things"), route: this.route, given: { user: me }, columns: uses(), none: t("mine.noThings") })}
    `;
  }

  private deals(me: string): TemplateResult {
    return html`<section class="tight"><h2>${t("mine.trades")}</h2>
        ${list<SettledItem>({ list: "settlements", name: t("mine.trades"), route: this.route, given: { account: me }, columns: settlements(), none: t("mine.noDeals") })}</section>
      <section class="tight"><h2>${t("mine.deposits")}</h2>
        ${list<DepositItem>({ list: "deposits", name: t("mine.deposits"), route: this.route, cursor: "deposits", given: { payer: me }, none: t("mine.noDeposits"), columns: [
          { label: t("deal"), cell: (one) => link(`/deal/${one.instance}`, html`<mz-address .address=${one.instance} .plain=${true}></mz-address>`) },
          { label: t("age"), cell: (one) => ago(one.timestamp) },
          { label: t("kind"), cell: (one) => (one.kind === "held" ? t("deposit.held") : t("deposit.back")) },
          { label: t("amount"), number: true, cell: (one) => tokenAmount(one.token, BigInt(one.amount)) },
          { label: t("deal.expires"), cell: (one) => (one.expiry === null ? "—" : deadline(one.expiry, this.now)) },
        ] })}</section>`;
  }

  private allowed(me: string): unknown {
    this.allowances.want(this.at && `${me}${this.at}${this.turn}`, () => allowancesOf(me));
    return this.allowances.show((rows) =>
      rows.length
        ? html`<div class="scroll" tabindex="0"><table class="rows"><thead><tr><th scope="col">${t("allow.spender")}</th><th scope="col" class="right">${t("allow.may")}</th><th scope="col"><span class="sr">${t("does")}</span></th></tr></thead>
            <tbody>${rows.map((one) => html`<tr><td data-label=${t("allow.spender")}>${address(one.spender)}</td><td data-label=${t("allow.may")} class="right">${isUnlimited(one.amount) ? html`<strong class="bad">${t("unlimited")}</strong>` : amount(one.amount)}</td>
              <td class="right"><button type="button" @click=${() => void this.takeBack(one.spender)}>${t("allow.takeBack.act")}</button></td></tr>`)}</tbody></table></div>`
        : empty(t("mine.noAllowances")),
    );
  }

  private async takeBack(spender: string): Promise<void> {
    const where = await platform();
    await propose({
      sentence: html`${t("allow.takeBack")} ${inFours(spender)}`,
      act: t("allow.takeBack.act"),
      to: where!["mz"]!,
      data: encodeFunctionData({ abi: MZ, functionName: "approve", args: [spender as `0x${string}`, 0n] }),
    }).catch(() => undefined);
    this.turn++;
    this.requestUpdate();
  }

  private async claim(me: string, one: Claim): Promise<void> {
    const where = await platform();
    await propose({
      sentence: t("mine.claim.sentence"),
      act: t("mine.claim"),
      to: where!["till"]!,
      data: encodeFunctionData({ abi: TILL, functionName: "withdraw", args: [one.token as `0x${string}`, me as `0x${string}`] }),
    }).catch(() => undefined);
    this.turn++;
    this.requestUpdate();
  }
}
customElements.define("mz-mine", Mine);

async function waitingFor(me: string): Promise<{ claims: Claim[]; pots: DepositItem[] }> {
  const where = await platform();
  if (!where?.["till"]) return { claims: [], pots: [] };
  const topic1 = `0x${me.slice(2).toLowerCase().padStart(64, "0")}`;
  const credited = await data<Page<EventItem>>("events", { address: where["till"], topic0: CREDITED, topic1, limit: MOST });
  const tokens = new Set([where["mz"]!.toLowerCase(), ETHER, ...credited.items.map((one) => `0x${one.topics[2]!.slice(-40)}`)]);
  const [deposits, ...credits] = await Promise.all([
    data<Page<DepositItem>>("deposits", { payer: me, limit: 100 }),
    ...[...tokens].map(async (token) => ({ token, credit: (await ask(where["till"]!, TILL, "credit", [token, me])) ?? 0n })),
  ]);
  const open: DepositItem[] = [];
  const seen = new Set<string>();
  for (const item of deposits.items) {
    const key = `${item.instance}${item.ref}${item.token}`;
    if (item.kind !== "held" || seen.has(key)) continue;
    seen.add(key);
    const [mine, pot] = await Promise.all([
      read(where["till"], TILL, "paidIn", [item.instance, item.token, item.ref, me]),
      read(where["till"], TILL, "pot", [item.instance, item.token, item.ref]),
    ]);
    if (mine > 0n && pot.left > 0n) open.push({ ...item, amount: mine.toString(), expiry: Number(pot.expiry) });
  }
  return { claims: credits.filter((one) => one.credit > 0n), pots: open.sort((a, b) => a.expiry! - b.expiry!) };
}
