/** `/tokens`, `/token/:a`: how much is there, who holds it? */

import { html, nothing } from "lit";
import { MZ, NFT } from "../net/abi";
import { ask } from "../net/contract";
import { data, platform, type AddressFacts, type TransferItem } from "../net/data";
import { link } from "../route";
import { address } from "../show/address";
import { grouped } from "../show/amount";
import { foreign } from "../show/foreign";
import { list, tabs } from "../show/list";
import { empty, facts, heading, Part, Screen } from "../show/screen";
import { t } from "../words";
import { transfers } from "./columns";
import { token, tokenAmount, type Token } from "./tokens";

class Tokens extends Screen {
  protected override render(): unknown {
    return html`${heading(t("tokens"))}
    <p class="lead quiet">${t("tokens.lead")}</p>
    ${list<{ address: string; kind: number; transfers: number; holders: number }>({
      list: "tokens",
      name: t("tokens"),
      route: this.route,
      none: t("tokens.none"),
      columns: [
        { label: t("token"), cell: (one) => link(`/token/${one.address}`, html`<mz-token-name .address=${one.address}></mz-token-name>`) },
        { label: t("kind"), cell: (one) => `ERC-${one.kind}` },
        { label: t("transfers"), number: true, cell: (one) => grouped(String(one.transfers)) },
        { label: t("holders"), number: true, cell: (one) => grouped(String(one.holders)) },
      ],
    })}`;
  }
}
customElements.define("mz-tokens", Tokens);

interface Loaded {
  token: Token;
  facts: AddressFacts;
  supply: bigint | null;
  thing: { owner: string | null } | null;
}

class TokenScreen extends Screen {
  private loaded: Part<Loaded> = this.loads();

  protected override render(): unknown {
    const at = this.route.parts[1] ?? "";
    const id = this.route.parts[2] ?? this.query("id");
    if (!/^0x[0-9a-fA-F]{40}$/.test(at)) return html`${heading(t("token"))}${empty(t("address.bad"))}`;
    this.loaded.want(this.at && `${at}${id}${this.at}`, async () => {
      await platform();
      const [found, about, supply, owner] = await Promise.all([
        token(at),
        data<AddressFacts>(`address/${at}`),
        ask(at, MZ, "totalSupply"),
        id && /^[0-9]{1,78}$/.test(id) ? ask(at, NFT, "ownerOf", [BigInt(id)]) : null,
      ]);
      return { token: found, facts: about, supply, thing: id ? { owner } : null };
    });
    const view = this.query("view") ?? "";
    return html`${heading(t("token"))}
    ${this.loaded.show((one) => {
      const kind = one.facts.token?.kind;
      return html`
        ${facts([
          [t("address"), address(at, { full: true })],
          [t("name"), html`${foreign(one.token.name || "—", { name: true, trusted: one.token.ours })} (${foreign(one.token.symbol || "—", { limit: 16, name: true, trusted: one.token.ours })})`],
          kind !== undefined && [t("kind"), `ERC-${kind}`],
          [t("supply"), one.supply === null ? t("token.noSupply") : tokenAmount(at, one.supply, { places: -1 })],
          [t("decimals"), one.token.decimals ?? html`${t("token.raw")}`],
          [t("holders"), grouped(String(one.facts.token?.holders ?? 0))],
          [t("transfers"), grouped(String(one.facts.token?.transfers ?? 0))],
          one.thing && [`#${id!.slice(0, 40)}`, one.thing.owner ? html`${t("owner")} ${address(one.thing.owner)}` : t("token.noThing")],
        ])}
        ${one.token.ours ? html`<p>${link("/burns", t("burns.title"))}</p>` : html`<p class="notice warn"><span>${t("token.foreign")}</span></p>`}
        ${tabs(view, [["", t("transfers")], ["holders", t("holders")]])}
        ${view === "holders"
          ? list<{ account: string; balance: string }>({
              list: "holders",
              name: t("holders"),
              route: this.route,
              given: { token: at },
              none: t("token.noHolders"),
              columns: [
                { label: t("holder"), cell: (row) => address(row.account) },
                { label: t("balance"), number: true, cell: (row) => (kind === 721 ? row.balance : tokenAmount(at, BigInt(row.balance))) },
                { label: t("part"), number: true, cell: (row) => part(BigInt(row.balance), one.supply) },
              ],
            })
          : list<TransferItem>({ list: "transfers", name: t("transfers"), route: this.route, given: { token: at }, columns: transfers(false), none: t("token.noTransfers") })}
      `;
    }, 8)}${nothing}`;
  }
}
customElements.define("mz-token", TokenScreen);

function part(balance: bigint, supply: bigint | null): string {
  if (!supply) return "—";
  if (balance > supply) return t("token.aboveSupply");
  const hundredths = (balance * 10_000n) / supply;
  return hundredths ? `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")} %` : "<0.01 %";
}
