/** `/me`: what is mine, what waits for me? Instances, deals, earnings, allowances. */

import { html, nothing, type TemplateResult } from "lit";
import "../show/chart";
import { encodeFunctionData, keccak256, stringToHex } from "viem";
import { MZ, TILL } from "../net/abi";
import { ask, read } from "../net/contract";
import { data, platform, type DepositItem, type EventItem, type Page, type SettledItem, type TemplateItem, type UseItem } from "../net/data";
import { link } from "../route";
import { address, inFours } from "../show/address";
import { amount, percent } from "../show/amount";
import { foreign } from "../show/foreign";
import { list, tabs } from "../show/list";
import { empty, heading, Part, Screen } from "../show/screen";
import { ago, deadline } from "../show/time";
import { account } from "../wallet/account";
import { isUnlimited } from "../wallet/unlimited";
import { needsAccount } from "../wallet/needs-account";
import { propose } from "../wallet/preview";
import { t } from "../words";
import { settlements, uses } from "../explore/columns";
import { tokenAmount } from "../explore/tokens";

const ETHER = "0x0000000000000000000000000000000000000000";
const APPROVAL = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925";
const CREDITED = keccak256(stringToHex("Credited(address,address,uint256)"));
const MOST = 200;
const DAY = 86_400;
const MOST_DAYS = 400;

interface Claim {
  token: string;
  credit: bigint;
}

interface Earned {
  templates: { item: TemplateItem; paid: bigint; uses: UseItem[]; shares: SettledItem[] }[];
  complete: boolean;
  mz: string; // where the token is, in lower case
}

class Mine extends Screen {
  private waiting: Part<{ claims: Claim[]; pots: DepositItem[] }> = this.loads();
  private earned: Part<Earned> = this.loads();
  private allowances: Part<{ spender: string; amount: bigint }[]> = this.loads();
  private turn = 0;

  protected override render(): unknown {
    const me = account()?.address;
    if (!me) return html`${heading(t("nav.mine"))}${needsAccount(t("mine.none"))}`;
    const view = this.query("view") ?? "";
    this.waiting.want(this.at && `${me}${this.at}${this.turn}`, () => waitingFor(me));
    return html`
      ${heading(t("nav.mine"), html`<span class="spring"></span>${link("/works", t("works"), "button")}`)}
      ${this.waiting.show(({ claims, pots }) => {
        const due = pots.filter((pot) => pot.expiry !== null && pot.expiry < this.now);
        if (!claims.length && !due.length) return html`<p class="quiet">${t("mine.nothingWaits")}</p>`;
        return html`<section class="card"><h2>${t("mine.waiting")}</h2>
          ${claims.map((one) => html`<p class="row">${t("mine.claimable")} ${tokenAmount(one.token, one.credit, { places: -1 })} <button type="button" class="primary" @click=${() => void this.claim(me, one)}>${t("mine.claim")}</button></p>`)}
          ${due.map((pot) => html`<p class="row">${t("mine.expired")} ${tokenAmount(pot.token, BigInt(pot.amount))} ${deadline(pot.expiry!, this.now)} ${link(`/deal/${pot.instance}`, t("use.open"), "button")}</p>`)}
        </section>`;
      })}
      ${tabs(view, [["", t("mine.things")], ["deals", t("mine.deals")], ["earnings", t("mine.earnings")], ["allowances", t("mine.allowances")]])}
      ${view === "deals" ? this.deals(me) : view === "earnings" ? this.earnings(me) : view === "allowances" ? this.allowed(me) : list<UseItem>({ list: "instances", name: t("mine.things"), route: this.route, given: { user: me }, columns: uses(), none: t("mine.noThings") })}
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

  private earnings(me: string): unknown {
    this.earned.want(this.at && `${me}${this.at}`, () => earnedBy(me));
    return this.earned.show((one) => {
      if (!one.templates.length) return empty(t("mine.noTemplates"));
      const inMZ = (each: Earned["templates"][number]): bigint =>
        each.shares.filter((row) => row.token.toLowerCase() === one.mz).reduce((sum, row) => sum + BigInt(row.share), each.paid);
      const total = one.templates.reduce((sum, each) => sum + inMZ(each), 0n);
      const others = one.templates.some((each) => each.shares.some((row) => row.token.toLowerCase() !== one.mz));
      const rows = [...one.templates].sort((a, b) => Number(inMZ(b) - inMZ(a)) || b.shares.length - a.shares.length || b.uses.length - a.uses.length);
      return html`
        ${one.complete ? nothing : html`<p class="notice warn"><span>${t("mine.partial", { n: MOST })}</span></p>`}
        <div class="card"><h2>${t("mine.earned")}</h2><p class="figure">${amount(total, { places: 2 })}</p></div>
        ${total ? html`<section>${this.chart(one)}</section>` : html`<p class="quiet">${t("mine.noEarnings")}</p>`}
        ${others ? html`<p class="quiet">${t("mine.otherCurrencies")}</p>` : nothing}
        <div class="scroll" tabindex="0"><table class="rows">
          <caption class="sr">${t("mine.earnings")}</caption>
          <thead><tr><th scope="col">${t("template")}</th><th scope="col" class="right">${t("template.used")}</th><th scope="col" class="right">${t("mine.fromUses")}</th><th scope="col" class="right">${t("mine.fromTrades")}</th><th scope="col" class="right">${t("share")}</th><th scope="col" class="right">CSV</th></tr></thead>
          <tbody>${rows.map(({ item, paid, uses: used, shares }) => html`<tr>
            <td data-label=${t("template")}>${link(`/template/${item.author}/${item.name}`, foreign(item.name, { name: true }))}</td>
            <td data-label=${t("template.used")} class="right">${used.length}</td>
            <td data-label=${t("mine.fromUses")} class="right">${amount(paid, { places: -1 })}</td>
            <td data-label=${t("mine.fromTrades")} class="right">${[...byToken(shares)].map(([token, raw]) => html`<div>${tokenAmount(token, raw)}</div>`)}${shares.length ? nothing : "0"}</td>
            <td data-label=${t("share")} class="right">${percent(item.shareBps)}</td>
            <td data-label="CSV" class="right"><a href=${`/data/v1/uses.csv?id=${item.id}`} download>${t("template.used")}</a></td></tr>`)}
          </tbody></table></div>
        <p>${link("/me?view=deals", t("mine.deals"))}</p>`;
    }, 6);
  }

  private chart(one: Earned): TemplateResult {
    const days = new Map<number, [bigint, bigint]>();
    const add = (time: number, index: 0 | 1, raw: bigint): void => {
      const day = Math.floor(time / DAY) * DAY;
      const entry = days.get(day) ?? [0n, 0n];
      entry[index] += raw;
      days.set(day, entry);
    };
    for (const each of one.templates) {
      for (const use of each.uses) add(use.timestamp, 0, BigInt(use.paid) - BigInt(use.burned));
      for (const settled of each.shares) if (settled.token.toLowerCase() === one.mz) add(settled.timestamp, 1, BigInt(settled.share));
    }
    if (!days.size) return html``;
    const last = Math.max(...days.keys());
    const first = Math.max(Math.min(...days.keys()), last - (MOST_DAYS - 1) * DAY);
    // A day without earnings is a day, too.
    const sorted = Array.from({ length: (last - first) / DAY + 1 }, (_, i) => [first + i * DAY, days.get(first + i * DAY) ?? [0n, 0n]] as const);
    return html`<mz-chart .times=${sorted.map(([day]) => day)} .summary=${t("mine.chart", { n: sorted.length })}
      .lines=${[
        { label: t("mine.fromUses"), color: 1, values: sorted.map(([, [fromUses]]) => fromUses) },
        { label: t("mine.fromTrades"), color: 5, values: sorted.map(([, [, fromTrades]]) => fromTrades) },
      ]}></mz-chart>`;
  }

  private allowed(me: string): unknown {
    this.allowances.want(this.at && `${me}${this.at}${this.turn}`, () => allowancesOf(me));
    return this.allowances.show((rows) =>
      rows.length
        ? html`<div class="scroll" tabindex="0"><table><thead><tr><th>${t("allow.spender")}</th><th class="right">${t("allow.may")}</th><th></th></tr></thead>
            <tbody>${rows.map((one) => html`<tr><td>${address(one.spender)}</td><td class="right">${isUnlimited(one.amount) ? html`<strong class="bad">${t("unlimited")}</strong>` : amount(one.amount)}</td>
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

function byToken(rows: SettledItem[]): Map<string, bigint> {
  const found = new Map<string, bigint>();
  for (const row of rows) if (BigInt(row.share)) found.set(row.token, (found.get(row.token) ?? 0n) + BigInt(row.share));
  return found;
}

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
  return { claims: credits.filter((one) => one.credit > 0n), pots: open };
}

/** What my templates brought: uses by their event, shares from trades of their instances. */
async function earnedBy(me: string): Promise<Earned> {
  const page = await data<Page<TemplateItem>>("templates", { author: me, limit: MOST });
  const newest = new Map<string, TemplateItem>();
  for (const item of page.items) if (!newest.has(item.id)) newest.set(item.id, item);
  let complete = page.next === null;
  const templates = await Promise.all(
    [...newest.values()].map(async (item) => {
      const used = await data<Page<UseItem>>("uses", { id: item.id, limit: MOST });
      complete &&= used.next === null;
      const instances = [...new Set(used.items.map((one) => one.instance))];
      const trades = await Promise.all(instances.map((at) => data<Page<SettledItem>>("settlements", { account: at, limit: MOST })));
      const payees = new Set(page.items.filter((one) => one.id === item.id).map((one) => one.payee));
      const shares = trades.flatMap((one) => {
        complete &&= one.next === null;
        return one.items.filter((row) => BigInt(row.share) > 0n && payees.has(row.payee));
      });
      return { item, uses: used.items, shares, paid: used.items.reduce((sum, one) => sum + BigInt(one.paid) - BigInt(one.burned), 0n) };
    }),
  );
  return { templates, complete, mz: ((await platform())?.["mz"] ?? "").toLowerCase() };
}

/** Standing allowances of MZ: whoever an Approval event names, asked of the token as of now. */
async function allowancesOf(me: string): Promise<{ spender: string; amount: bigint }[]> {
  const where = await platform();
  if (!where?.["mz"]) return [];
  const topic1 = `0x${me.slice(2).toLowerCase().padStart(64, "0")}`;
  const page = await data<Page<EventItem>>("events", { address: where["mz"], topic0: APPROVAL, topic1, limit: MOST });
  const spenders = [...new Set([where["till"]!, where["templates"]!, ...page.items.map((one) => `0x${one.topics[2]!.slice(-40)}`)].map((one) => one.toLowerCase()))];
  const found = await Promise.all(spenders.map(async (spender) => ({ spender, amount: (await ask(where["mz"]!, MZ, "allowance", [me, spender])) ?? 0n })));
  return found.filter((one) => one.amount > 0n);
}
