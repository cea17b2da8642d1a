/** What a person should know before signing. Facts only: each says what it is about, none says "may". */

import { isUnlimited } from "./unlimited";
import { originOf } from "../net/bundle";
import { ask } from "../net/contract";
import { TEMPLATES } from "../net/abi";
import { platform, platformName } from "../net/data";
import { rpc } from "../net/node";
import { abiOf, decodeCall, type Decoded } from "../explore/decode";
import { short } from "../show/address";
import { t } from "../words";
import type { TypedData } from "./account";

export interface Warning {
  level: "danger" | "note";
  text: string;
  unlimited?: boolean;
}

export interface Explained {
  call: Decoded | null;
  warnings: Warning[];
}

export async function explain(wish: { to: string | null; data: `0x${string}` }): Promise<Explained> {
  if (!wish.to) return { call: null, warnings: [{ level: "note", text: t("warn.create") }] };
  const known = await abiOf(wish.to);
  const call = wish.data === "0x" ? null : decodeCall(known, wish.data);
  const warnings: Warning[] = [];
  if (wish.data !== "0x") warnings.push(...(await aboutContract(wish.to, call !== null)));
  if (call && ["approve", "increaseAllowance"].includes(call.name) && call.arguments.length === 2) {
    const [spender, value] = [String(call.arguments[0]!.value), BigInt(call.arguments[1]!.value as bigint)];
    if (value) warnings.push(...(await aboutSpender(spender, value)));
  }
  if (call?.name === "setApprovalForAll" && call.arguments[1]?.value === true) {
    warnings.push({ level: "danger", text: t("warn.allThings", { who: short(String(call.arguments[0]!.value)) }), unlimited: true });
  }
  return { call, warnings };
}

async function aboutContract(at: string, decoded: boolean): Promise<Warning[]> {
  if (platformName(at)) return [];
  const code = await rpc<string>("eth_getCode", [at, "latest"]);
  if (code === "0x") return [{ level: "danger", text: t("warn.noCode") }];
  const origin = await originOf(at).catch(() => null);
  const found: Warning[] = origin ? [] : [{ level: "note", text: t("unknown.contract") }];
  if (!decoded) found.push({ level: "danger", text: t("warn.undecoded") });
  const registry = (await platform())?.["templates"];
  if (origin && registry && (await ask(registry, TEMPLATES, "isUpgradeable", [at]))) {
    found.push({ level: "note", text: t("warn.upgradeable") });
  }
  return found;
}

async function aboutSpender(spender: string, value: bigint): Promise<Warning[]> {
  const found: Warning[] = [];
  if (isUnlimited(value)) found.push({ level: "danger", text: t("warn.unlimited", { who: short(spender) }), unlimited: true });
  const ours = ["till", "templates", "buyback"].includes(platformName(spender) ?? "");
  if (!ours) {
    const origin = await originOf(spender).catch(() => null);
    found.push({ level: "danger", text: origin ? t("warn.spenderInstance") : t("warn.spender", { who: short(spender) }) });
  }
  return found;
}

/** A signature that costs no gas can still move money. */
export async function explainTyped(data: TypedData, amountText: (raw: bigint) => string, until: (at: number) => string): Promise<Explained & { sentence: string }> {
  const warnings: Warning[] = [];
  const names = [...["Permit", "PermitSingle", "PermitBatch", "PermitTransferFrom"], "Order", "OrderComponents"];
  let sentence = t("typed.sentence", { kind: data.primaryType.replace(/[^\w]/g, "").slice(0, 40) });
  if (data.primaryType === "Permit" && data.message["spender"] !== undefined) {
    const spender = String(data.message["spender"]);
    const value = BigInt(String(data.message["value"] ?? 0));
    const deadline = Number(data.message["deadline"] ?? 0);
    sentence = t("typed.permit", { who: short(spender), amount: isUnlimited(value) ? t("unlimited") : amountText(value), until: until(deadline) });
    warnings.push({ level: "note", text: t("typed.likePayment") });
    warnings.push(...(await aboutSpender(spender, value)));
  } else if (names.includes(data.primaryType)) {
    warnings.push({ level: "danger", text: t("typed.movesMoney") });
  } else {
    warnings.push({ level: "note", text: t("typed.unknown") });
  }
  return { call: null, warnings, sentence };
}
