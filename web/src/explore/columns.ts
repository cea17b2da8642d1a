/** Rows of transactions, transfers and events, the same in every list. */

import { html } from "lit";
import { toFunctionSelector, type Abi, type AbiFunction } from "viem";
import { PLATFORM_ABIS } from "../net/abi";
import { platformName, type TransferItem, type TxItem, type UseItem, type SettledItem } from "../net/data";
import { address, blockLink, txLink } from "../show/address";
import { amount } from "../show/amount";
import { ago } from "../show/time";
import type { Column } from "../show/list";
import { link } from "../route";
import { t } from "../words";
import { tokenAmount } from "./tokens";

/** Names by selector: of the token standards wherever they are called, of the platform's functions at its contracts
 * alone. For all others the bytes are shown: a stranger's function may only look like one of these. */
const STANDARD: Record<string, string> = {
  "0xa9059cbb": "transfer",
  "0x095ea7b3": "approve",
  "0x23b872dd": "transferFrom",
  "0x42966c68": "burn",
};
const named = (abi: Abi): Map<string, string> =>
  new Map(abi.filter((one): one is AbiFunction => one.type === "function").map((one) => [toFunctionSelector(one), one.name]));
const OURS = Object.fromEntries(Object.entries(PLATFORM_ABIS).map(([name, abi]) => [name, named(abi as Abi)]));

export function verdictMark(success: boolean): unknown {
  return success
    ? html`<span class="good" title=${t("tx.ok")}>✓<span class="sr"> ${t("tx.ok")}</span></span>`
    : html`<span class="bad" title=${t("tx.failed")}>✕<span class="sr"> ${t("tx.failed")}</span></span>`;
}

export function did(tx: { to: string | null; created: string | null; selector: string }): unknown {
  if (tx.created || !tx.to) return t("tx.kind.create");
  if (tx.selector === "0x") return t("tx.kind.transfer");
  const ours = OURS[platformName(tx.to) ?? ""]?.get(tx.selector);
  return html`<span class="mono">${ours ?? STANDARD[tx.selector] ?? tx.selector}</span>`;
}

export const transactions = (): Column<TxItem>[] => [
  { label: t("tx"), cell: (tx) => html`${verdictMark(tx.success)} ${txLink(tx.hash)}` },
  { label: t("block"), cell: (tx) => blockLink(tx.block) },
  { label: t("age"), cell: (tx) => ago(tx.timestamp) },
  { label: t("does"), cell: did },
  { label: t("from"), cell: (tx) => address(tx.from) },
  { label: t("to"), cell: (tx) => (tx.to ?? tx.created) && address((tx.to ?? tx.created)!) },
  { label: t("value"), number: true, cell: (tx) => amount(tx.value, { unit: "ETH" }) },
  { label: t("fee"), number: true, cell: (tx) => amount(tx.fee, { unit: "ETH" }) },
];

export const transfers = (token = true): Column<TransferItem>[] => [
  { label: t("tx"), cell: (one) => txLink(one.tx) },
  { label: t("age"), cell: (one) => ago(one.timestamp) },
  { label: t("from"), cell: (one) => (/^0x0*$/.test(one.from) ? t("minted") : address(one.from)) },
  { label: t("to"), cell: (one) => (/^0x0*$/.test(one.to) ? html`<span class="burned">${t("destroyed")}</span>` : address(one.to)) },
  {
    label: t("amount"),
    number: true,
    cell: (one) =>
      one.kind === 721
        ? link(`/token/${one.token}?id=${one.id}`, `#${one.id!.length > 12 ? `${one.id!.slice(0, 8)}…` : one.id}`)
        : tokenAmount(one.token, BigInt(one.amount)),
  },
  ...(token ? [{ label: t("token"), cell: (one: TransferItem) => link(`/token/${one.token}`, html`<mz-token-name .address=${one.token}></mz-token-name>`) }] : []),
];

export const uses = (): Column<UseItem>[] => [
  { label: t("tx"), cell: (one) => txLink(one.tx) },
  { label: t("age"), cell: (one) => ago(one.timestamp) },
  { label: t("user"), cell: (one) => address(one.user) },
  { label: t("instance"), cell: (one) => link(`/deal/${one.instance}`, html`<mz-address .address=${one.instance} .plain=${true}></mz-address>`) },
  { label: t("version"), number: true, cell: (one) => one.version },
  { label: t("paid"), number: true, cell: (one) => amount(one.paid) },
  { label: t("destroyed"), number: true, cell: (one) => html`<span class="burned">${amount(one.burned)}</span>` },
];

export const settlements = (): Column<SettledItem>[] => [
  { label: t("tx"), cell: (one) => txLink(one.tx) },
  { label: t("age"), cell: (one) => ago(one.timestamp) },
  { label: t("from"), cell: (one) => address(one.from) },
  { label: t("to"), cell: (one) => address(one.to) },
  { label: t("gross"), number: true, cell: (one) => tokenAmount(one.token, BigInt(one.gross)) },
  { label: t("fee.platform"), number: true, cell: (one) => tokenAmount(one.token, BigInt(one.fee)) },
  { label: t("share"), number: true, cell: (one) => tokenAmount(one.token, BigInt(one.share)) },
];
