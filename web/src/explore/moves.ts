/** What a transaction moved, out of its logs: tokens, what was destroyed, what an author got. */

import { html, nothing, type TemplateResult } from "lit";
import { platformName } from "../net/data";
import { address } from "../show/address";
import { amount } from "../show/amount";
import { foreign } from "../show/foreign";
import { link } from "../route";
import { t } from "../words";
import { tokenAmount } from "./tokens";

export interface Log {
  address: string;
  topics: string[];
  data: string;
  logIndex: string;
}

export interface Move {
  token: string;
  from: string;
  to: string;
  amount: bigint | null; // null: a single thing
  id?: bigint;
}

export const TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
/** Under which `eth_simulateV1` with traceTransfers logs moves of ether. */
export const ETHER_LOG = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
const ETHER = "0x0000000000000000000000000000000000000000";

export function movesOf(logs: readonly Log[]): Move[] {
  return logs.flatMap((log): Move[] => {
    if (log.topics[0] !== TRANSFER || log.topics.length < 3) return [];
    const token = log.address.toLowerCase() === ETHER_LOG ? ETHER : log.address;
    const move = { token, from: word(log.topics[1]!), to: word(log.topics[2]!) };
    if (log.topics.length === 4) return [{ ...move, amount: null, id: BigInt(log.topics[3]!) }];
    return log.data.length === 66 ? [{ ...move, amount: BigInt(log.data) }] : [];
  });
}

export function movesShown(moves: readonly Move[], tx: { from: string; to: string | null; value: string }, succeeded: boolean): TemplateResult {
  const ether = BigInt(tx.value);
  if (!moves.length && (!ether || !succeeded)) return html`<p class="quiet">${succeeded ? t("moves.none") : t("moves.failed")}</p>`;
  return html`<div class="scroll" tabindex="0"><table class="rows">
    <thead><tr><th>${t("from")}</th><th>${t("to")}</th><th class="right">${t("amount")}</th><th>${t("token")}</th></tr></thead>
    <tbody>
      ${ether && succeeded
        ? html`<tr><td data-label=${t("from")}>${address(tx.from)}</td><td data-label=${t("to")}>${tx.to ? address(tx.to) : t("tx.created")}</td><td data-label=${t("amount")} class="right">${amount(ether, { unit: "ETH" })}</td><td data-label=${t("token")}>ETH</td></tr>`
        : nothing}
      ${moves.map((move) => {
        const burn = /^0x0*$/.test(move.to);
        return html`<tr>
          <td data-label=${t("from")}>${/^0x0*$/.test(move.from) ? t("minted") : address(move.from)}${platformName(move.token) ? nothing : html` <span class="quiet">${t("moves.claimed")}</span>`}</td>
          <td data-label=${t("to")}>${burn ? html`<span class="burned">${t("destroyed")}</span>` : address(move.to)}</td>
          <td data-label=${t("amount")} class="right ${burn ? "burned" : ""}">${move.amount === null ? html`#${foreign(String(move.id), { limit: 20 })}` : tokenAmount(move.token, move.amount, { places: -1 })}</td>
          <td data-label=${t("token")}>${link(`/token/${move.token}`, html`<mz-token-name .address=${move.token}></mz-token-name>`)}</td>
        </tr>`;
      })}
    </tbody>
  </table></div>`;
}

function word(topic: string): string {
  return `0x${topic.slice(-40)}`;
}
