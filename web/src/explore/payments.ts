/** What a transaction paid through the platform: who got how much of each payment and what was destroyed, adding up. Read
 * from the Till's and the registry's own events; a stranger's event of the same name counts for nothing. */

import { html, nothing, type TemplateResult } from "lit";
import { decodeEventLog, type Abi, type Hex } from "viem";
import { TEMPLATES, TILL } from "../net/abi";
import { platformName } from "../net/data";
import { link } from "../route";
import { address } from "../show/address";
import { amount } from "../show/amount";
import type { Log } from "./moves";
import { t } from "../words";
import { tokenAmount } from "./tokens";

interface Settled {
  from: string;
  to: string;
  token: string;
  gross: bigint;
  fee: bigint;
  share: bigint;
  payee: string;
  burned: bigint;
}

interface Used {
  id: string;
  version: number;
  user: string;
  instance: string;
  paid: bigint;
  burned: bigint;
}

export function paymentsShown(logs: readonly Log[]): TemplateResult | typeof nothing {
  const shown = logs.flatMap((log) => {
    const name = platformName(log.address);
    const settled = name === "till" ? decoded<Settled>(TILL as Abi, "Settled", log) : null;
    const used = name === "templates" ? decoded<Used>(TEMPLATES as Abi, "Used", log) : null;
    return settled ? [trade(settled)] : used ? [use(used)] : [];
  });
  return shown.length ? html`<section class="tight" id="payments"><h2>${t("payments")}</h2><div class="grid">${shown}</div></section>` : nothing;
}

function trade(one: Settled): TemplateResult {
  const inMZ = platformName(one.token) === "mz";
  const instead = !inMZ && one.burned > 0n; // the fee was paid in MZ, not in the trade's currency
  // Of MZ and ether the decimals are known: such an amount stands on one line.
  const shown = (raw: bigint): TemplateResult => (inMZ || /^0x0*$/.test(one.token) ? amount(raw, { places: -1, unit: inMZ ? "MZ" : "ETH" }) : tokenAmount(one.token, raw, { places: -1 }));
  return html`<div class="card">
    <p>${address(one.from)} → ${address(one.to)}</p>
    <table class="breakdown"><tbody>
      <tr><td>${t("payments.receiver")}</td><td>${shown(one.gross - one.fee - one.share)}</td></tr>
      ${one.share ? html`<tr><td>${t("payments.share")} ${address(one.payee)}</td><td>${shown(one.share)}</td></tr>` : nothing}
      ${instead ? nothing : html`<tr><td>${inMZ ? t("use.burned") : t("fee.platform")}</td><td class=${inMZ ? "burned" : ""}>${shown(one.fee)}</td></tr>`}
      <tr class="total"><td>${t("payments.gross")}</td><td>${shown(instead ? one.gross - one.fee : one.gross)}</td></tr>
      ${instead ? html`<tr><td>${t("payments.feeInMZ")}</td><td class="burned">${amount(one.burned, { places: -1 })}</td></tr>` : nothing}
    </tbody></table></div>`;
}

function use(one: Used): TemplateResult {
  return html`<div class="card">
    <p>${t("payments.use")} ${link(`/template/${one.id}?version=${one.version}`, `${one.id.slice(0, 10)}… v${one.version}`)} → ${link(`/deal/${one.instance}`, html`<mz-address .address=${one.instance} .plain=${true}></mz-address>`)}</p>
    <table class="breakdown"><tbody>
      <tr><td>${t("use.author")}</td><td>${amount(one.paid - one.burned, { places: -1 })}</td></tr>
      <tr><td>${t("use.burned")}</td><td class="burned">${amount(one.burned, { places: -1 })}</td></tr>
      <tr class="total"><td>${t("payments.gross")}</td><td>${amount(one.paid, { places: -1 })}</td></tr>
    </tbody></table></div>`;
}

function decoded<T>(abi: Abi, eventName: string, log: Log): T | null {
  try {
    const found = decodeEventLog({ abi, topics: log.topics as [Hex, ...Hex[]], data: log.data as Hex, strict: true });
    return found.eventName === eventName ? (found.args as unknown as T) : null; // the contract has other events, too
  } catch {
    return null;
  }
}
