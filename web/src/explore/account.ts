/** `/address/:a`: what is it, what has it, what did it do; for contracts their code, source, and forms to read and write. */

import { html, nothing, type TemplateResult } from "lit";
import "./contract-form";
import { MZ } from "../net/abi";
import { bundleOfVersion, codeMatches, originOf, type Bundle, type Origin } from "../net/bundle";
import { ask } from "../net/contract";
import { data, platform, platformName, type AddressFacts, type EventItem, type TransferItem, type TxItem } from "../net/data";
import { rpc } from "../net/node";
import { link } from "../route";
import { address, blockLink, checked, txLink } from "../show/address";
import { amount, grouped } from "../show/amount";
import { list, tabs } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { ago } from "../show/time";
import { foreign } from "../show/foreign";
import { t } from "../words";
import { allowancesOf, type Allowance } from "../wallet/allowances";
import { isUnlimited } from "../wallet/unlimited";
import { abiOf, decodeLog, type Known } from "./decode";
import { transactions, transfers } from "./columns";
import { tokenAmount } from "./tokens";

interface Loaded {
  balance: bigint;
  mz: bigint | null;
  nonce: number;
  code: string;
  facts: AddressFacts;
  origin: Origin | null;
  ours: string | null;
}

class AccountScreen extends Screen {
  private loaded: Part<Loaded> = this.loads();
  private known: Part<Known> = this.loads();
  private allowances: Part<Allowance[]> = this.loads();
  private bundle: Part<{ bundle: Bundle; matches: boolean } | null> = this.loads();
  private shown = "";

  protected override render(): unknown {
    const given = this.route.parts[1] ?? "";
    if (!/^0x[0-9a-fA-F]{40}$/.test(given)) return html`${heading(t("address"))}${empty(t("address.bad"))}`;
    const at = checked(given.toLowerCase());
    if (this.shown !== at) {
      this.shown = at;
      for (const part of [this.loaded, this.known, this.bundle, this.allowances]) part.reset();
    }
    this.loaded.want(this.at && `${at}${this.at}`, () => load(at));
    return html`${heading(t("address"))}
      <p class="lead">${address(at, { full: true, plain: true })}</p>
      ${this.loaded.show((one) => this.found(at, one), 8)}`;
  }

  private found(at: string, one: Loaded): TemplateResult {
    const contract = one.code !== "0x";
    const view = this.query("view") ?? "";
    const never = !one.facts.transactions && !one.facts.transfers && !one.balance && !contract;
    return html`
      ${never ? empty(t("address.never")) : nothing}
      ${facts([
        [t("kind"), this.kind(one, contract)],
        [t("balance"), html`${amount(one.balance, { unit: "ETH" })}${one.mz === null ? nothing : html` · ${amount(one.mz)}`}`],
        one.facts.createdBy && [t("address.createdBy"), html`${address(one.facts.createdBy.from)} ${txLink(one.facts.createdBy.tx)}`],
        one.origin && [t("address.origin"), html`${link(`/template/${one.origin.id}?version=${one.origin.version}`, `${one.origin.id.slice(0, 10)}… v${one.origin.version}`)} · ${link(`/deal/${at}`, t("address.deal"))}`],
        one.facts.first !== null && [t("address.seen"), html`${blockLink(one.facts.first)} – ${blockLink(one.facts.last ?? one.facts.first)}`],
        !contract && [t("nonce"), one.nonce],
      ])}
      ${tabs(view, [
        ["", `${t("txs")} ${grouped(String(one.facts.transactions))}`],
        ["transfers", `${t("transfers")} ${grouped(String(one.facts.transfers))}`],
        ["tokens", t("tokens")],
        one.ours !== "mz" && ["allowances", t("address.allowances")],
        contract && ["events", `${t("events")} ${grouped(String(one.facts.events))}`],
        contract && ["code", t("code")],
        contract && ["read", t("read")],
        contract && ["write", t("write")],
      ])}
      ${this.view(view, at, one)}
    `;
  }

  private kind(one: Loaded, contract: boolean): unknown {
    if (!contract) return t("address.account");
    if (one.ours) return html`<span class="badge">${t("address.platform")}: ${one.ours}</span>`;
    if (one.code.startsWith("0xef0100")) return html`${t("address.delegated")} ${address(`0x${one.code.slice(8, 48)}`)}`;
    if (one.origin) return html`<span class="badge">${t("address.fromTemplate")}</span>`;
    return html`${t("address.contract")} <span class="quiet">${t("unknown.contract")}</span>`;
  }

  private view(view: string, at: string, one: Loaded): unknown {
    switch (view) {
      case "transfers":
        return list<TransferItem>({ list: "transfers", name: t("transfers"), route: this.route, given: { account: at }, columns: transfers(), none: t("list.none") });
      case "tokens":
        return list<{ token: string; balance: string; kind: number }>({
          list: "holdings",
          name: t("tokens"),
          route: this.route,
          given: { account: at },
          none: t("address.noTokens"),
          columns: [
            { label: t("token"), cell: (row) => link(`/token/${row.token}`, html`<mz-token-name .address=${row.token}></mz-token-name>`) },
            { label: t("kind"), cell: (row) => `ERC-${row.kind}` },
            { label: t("balance"), number: true, cell: (row) => (row.kind === 721 ? row.balance : tokenAmount(row.token, BigInt(row.balance))) },
          ],
        });
      case "allowances":
        this.allowances.want(this.at && `${at}${this.at}`, () => allowancesOf(at));
        return this.allowances.show((rows) =>
          rows.length
            ? html`<div class="scroll" tabindex="0"><table class="rows"><thead><tr><th scope="col">${t("allow.spender")}</th><th scope="col" class="right">${t("allow.may")}</th></tr></thead>
                <tbody>${rows.map((row) => html`<tr><td data-label=${t("allow.spender")}>${address(row.spender)}</td><td data-label=${t("allow.may")} class="right">${isUnlimited(row.amount) ? html`<strong class="bad">${t("unlimited")}</strong>` : amount(row.amount)}</td></tr>`)}</tbody></table></div>`
            : empty(t("address.noAllowances")),
        );
      case "events":
        this.known.want(at, () => abiOf(at));
        return list<EventItem>({
          list: "events",
          name: t("events"),
          route: this.route,
          given: { address: at },
          none: t("list.none"),
          columns: [
            { label: t("tx"), cell: (row) => txLink(row.tx) },
            { label: t("age"), cell: (row) => ago(row.timestamp) },
            { label: t("event"), cell: (row) => this.event(row) },
          ],
        });
      case "code":
        return this.code(at, one);
      case "read":
      case "write":
        this.known.want(at, () => abiOf(at));
        return this.known.show((known) =>
          known.certain
            ? html`<mz-contract-forms .address=${at} .abi=${known.abi} .writes=${view === "write"}></mz-contract-forms>`
            : empty(t("address.noAbi")),
        );
      default:
        return list<TxItem>({ list: "txs", name: t("txs"), route: this.route, given: { address: at }, columns: transactions(), none: t("address.noTxs") });
    }
  }

  private event(row: EventItem): unknown {
    const found = this.known.value ? decodeLog(this.known.value, row.topics, row.data) : null;
    if (!found) return html`<span class="mono">${row.topics[0]?.slice(0, 10) ?? "—"}</span>`;
    return html`<strong class="mono">${foreign(found.name)}</strong>
      <span class="quiet mono wrap">${foreign(found.arguments.map((a) => `${a.name}: ${String(a.value)}`).join(" · "), { limit: 200 })}</span>`;
  }

  private code(at: string, one: Loaded): unknown {
    this.bundle.want(at, async () => {
      if (!one.origin) return null;
      const bundle = await bundleOfVersion(one.origin.published);
      return { bundle, matches: await codeMatches(bundle, one.origin.published) };
    });
    return html`
      ${this.bundle.show((found) => {
        if (!found) return html`<p>${one.ours ? t("code.platform") : t("unknown.contract")}</p>`;
        const sources = [...found.bundle.files].filter(([name]) => name.endsWith(".sol"));
        return html`<p class="notice ${found.matches ? "good" : "bad"}"><span>${found.matches ? t("code.matches") : t("code.differs")}</span></p>
          ${sources.map(([name, bytes]) => html`<details><summary>${foreign(name)}</summary><pre tabindex="0">${new TextDecoder().decode(bytes)}</pre></details>`)}`;
      })}
      <details><summary>${t("code.bytes", { n: grouped(String((one.code.length - 2) / 2)) })}</summary><pre tabindex="0">${one.code.slice(0, 65_536)}</pre></details>
    `;
  }
}
customElements.define("mz-account", AccountScreen);

async function load(at: string): Promise<Loaded> {
  const where = await platform();
  const [balance, nonce, code, about, origin, mz] = await Promise.all([
    rpc<string>("eth_getBalance", [at, "latest"]),
    rpc<string>("eth_getTransactionCount", [at, "latest"]),
    rpc<string>("eth_getCode", [at, "latest"]),
    data<AddressFacts>(`address/${at}`),
    originOf(at).catch(() => null),
    where?.["mz"] ? ask(where["mz"], MZ, "balanceOf", [at]) : null,
  ]);
  return { balance: BigInt(balance), nonce: Number(nonce), code, facts: about, origin, mz, ours: platformName(at) };
}
