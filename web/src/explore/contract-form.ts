/** Forms for any contract's functions: nested structs and lists, integers of any size, the value beside its function. */

import { html, nothing, type TemplateResult } from "lit";
import { decodeFunctionResult, encodeFunctionData, type Abi, type AbiFunction, type AbiParameter } from "viem";
import { rpc, type RpcProblem } from "../net/node";
import { foreign } from "../show/foreign";
import { parseAmount } from "../show/amount";
import { Screen } from "../show/screen";
import { account } from "../wallet/account";
import { propose } from "../wallet/preview";
import { parse, Wrong } from "../gallery/units";
import { has, t } from "../words";
import { decodeError } from "./decode";
import { argumentsShown } from "./values";

type Given = string | Given[];

class MzContractForms extends Screen {
  static override properties = { ...Screen.properties, address: {}, abi: { attribute: false }, writes: { type: Boolean } };
  address = "";
  abi: Abi = [];
  writes = false;

  protected override render(): unknown {
    const functions = this.abi.filter(
      (one): one is AbiFunction => one.type === "function" && ["view", "pure"].includes(one.stateMutability) !== this.writes,
    );
    if (!functions.length) return html`<p class="quiet">${t("list.none")}</p>`;
    return html`<div class="tight">
      ${functions.map((one) => html`<details class="card"><summary class="mono">${foreign(one.name)}(${foreign(one.inputs.map((i) => i.type).join(", "), { limit: 120 })})</summary>
        <mz-function-form .address=${this.address} .item=${one} .abi=${this.abi}></mz-function-form></details>`)}
    </div>`;
  }
}
customElements.define("mz-contract-forms", MzContractForms);

class MzFunctionForm extends Screen {
  static override properties = { ...Screen.properties, address: {}, item: { attribute: false }, abi: { attribute: false } };
  address = "";
  abi: Abi = [];
  item!: AbiFunction;
  private given: Given[] = [];
  private value = "0";
  private answer: unknown = null;
  private wrong = "";

  protected override render(): TemplateResult {
    if (!this.given.length) this.given = this.item.inputs.map(blank);
    const writes = !["view", "pure"].includes(this.item.stateMutability);
    return html`<form class="tight" @submit=${this.submit}>
      ${this.item.inputs.map((input, i) => this.field(input, this.given[i]!, (value) => (this.given[i] = value), `${this.item.name}-${i}`))}
      ${this.item.stateMutability === "payable"
        ? html`<div class="field"><label for=${`${this.item.name}-value`}>${t("value")} (ETH)</label>
            <input id=${`${this.item.name}-value`} inputmode="decimal" .value=${this.value} @input=${(event: InputEvent) => (this.value = (event.target as HTMLInputElement).value)} /></div>`
        : nothing}
      ${this.wrong ? html`<p class="bad" role="alert">${foreign(this.wrong, { limit: 300 })}</p>` : nothing}
      <button type="submit" class=${writes ? "primary" : ""}>${writes ? t("review") : t("ask")}</button>
      ${this.answer ? html`<div role="status">${this.answer}</div>` : nothing}
    </form>`;
  }

  private field(input: AbiParameter, given: Given, set: (value: Given) => void, id: string): TemplateResult {
    const label = html`${foreign(input.name || "value")} <span class="mono quiet">${input.type}</span>`;
    if (input.type.endsWith("]")) {
      const items = given as Given[];
      const inner = { ...input, name: "", type: input.type.replace(/\[\d*\]$/, "") } as AbiParameter;
      const fixedLength = /\[\d+\]$/.test(input.type);
      return html`<fieldset class="card"><legend>${label}</legend>
        ${items.map((one, i) => this.field({ ...inner, name: `${i}` } as AbiParameter, one, (value) => (items[i] = value), `${id}-${i}`))}
        ${fixedLength ? nothing : html`<div class="row">
          <button type="button" @click=${() => { set([...items, blank(inner)]); this.requestUpdate(); }}>+</button>
          ${items.length ? html`<button type="button" @click=${() => { set(items.slice(0, -1)); this.requestUpdate(); }}>−</button>` : nothing}
        </div>`}
      </fieldset>`;
    }
    if (input.type === "tuple" && "components" in input) {
      const items = given as Given[];
      return html`<fieldset class="card"><legend>${label}</legend>
        ${input.components.map((part, i) => this.field(part, items[i]!, (value) => (items[i] = value), `${id}-${i}`))}
      </fieldset>`;
    }
    return html`<div class="field"><label for=${id}>${label}</label>
      <input id=${id} autocomplete="off" spellcheck="false" .value=${given as string} @input=${(event: InputEvent) => set((event.target as HTMLInputElement).value)} /></div>`;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    this.wrong = "";
    this.answer = null;
    try {
      const args = this.item.inputs.map((input, i) => typed(input, this.given[i]!));
      const data = encodeFunctionData({ abi: [this.item], functionName: this.item.name, args });
      if (["view", "pure"].includes(this.item.stateMutability)) await this.ask(data);
      else await this.send(data);
    } catch (problem) {
      const failure = problem as RpcProblem;
      if (problem instanceof Wrong) this.wrong = has(problem.key) ? t(problem.key, problem.values) : problem.key;
      else this.wrong = (typeof failure.data === "string" ? decodeError(failure.data, this.abi) : null) ?? failure.message;
    }
    this.requestUpdate();
  }

  private async ask(data: `0x${string}`): Promise<void> {
    const from = account()?.address;
    const raw = await rpc<`0x${string}`>("eth_call", [{ to: this.address, data, ...(from ? { from } : {}) }, "latest"]);
    const found = decodeFunctionResult({ abi: [this.item], functionName: this.item.name, data: raw }) as unknown;
    const values = this.item.outputs.length > 1 ? (found as unknown[]) : [found];
    this.answer = argumentsShown(
      this.item.outputs.map((output, i) => ({
        name: output.name || `${i}`,
        type: output.type,
        value: values[i],
        ...("components" in output ? { components: output.components } : {}),
      })),
    );
  }

  private async send(data: `0x${string}`): Promise<void> {
    if (!account()) throw new Error(t("preview.noAccount"));
    const value = parseAmount(this.value, 18);
    if ("wrong" in value) throw new Wrong("wrong.amount");
    await propose({
      sentence: html`${t("contract.call")} “${foreign(this.item.name)}” ${t("contract.at")} <mz-address .address=${this.address} .plain=${true}></mz-address>`,
      act: t("contract.sign"),
      to: this.address,
      data,
      value: value.raw,
    });
  }
}
customElements.define("mz-function-form", MzFunctionForm);

function blank(input: AbiParameter): Given {
  const fixed = /\[(\d+)\]$/.exec(input.type);
  if (fixed) return Array.from({ length: Math.min(Number(fixed[1]), 64) }, () => blank({ ...input, type: input.type.replace(/\[\d+\]$/, "") } as AbiParameter));
  if (input.type.endsWith("[]")) return [];
  if (input.type === "tuple" && "components" in input) return input.components.map(blank);
  return "";
}

function typed(input: AbiParameter, given: Given): unknown {
  if (input.type.endsWith("]")) {
    const inner = { ...input, type: input.type.replace(/\[\d*\]$/, "") } as AbiParameter;
    return (given as Given[]).map((one) => typed(inner, one));
  }
  if (input.type === "tuple" && "components" in input) {
    return Object.fromEntries(input.components.map((part, i) => [part.name, typed(part, (given as Given[])[i]!)]));
  }
  return parse({ type: input.type }, given as string);
}
