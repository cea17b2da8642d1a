/** A list of the index door: a page of rows, First, Newer, Older, Last, CSV. On a phone each row is a labelled block. */

import { html, nothing, type TemplateResult } from "lit";
import { address as dataAddress, data, Gone, type Page } from "../net/data";
import { chain } from "../net/node";
import { link, navigate, withQuery } from "../route";
import { t } from "../words";
import { empty, Part, Screen, skeleton } from "./screen";

export interface Column<T> {
  label: string;
  cell: (row: T) => unknown;
  number?: boolean;
}

/** Not in the order of the chain: no block to go to. */
const UNPLACED = ["tokens", "holders", "holdings"];

export class MzList<T extends object> extends Screen {
  static override properties = {
    ...Screen.properties,
    list: {},
    given: { attribute: false },
    columns: { attribute: false },
    none: {},
    name_: { attribute: false },
    pinned: { type: Boolean },
    limit: { type: Number },
    cursor: {},
  };
  list = "";
  given: Record<string, string | number | undefined> = {};
  columns: Column<T>[] = [];
  none = "";
  name_ = "";
  limit = 50;
  /** The cursor's name in the query, so that two lists on one page do not share it. */
  cursor = "cursor";
  private page: Part<Page<T>> = this.loads();

  protected override render(): unknown {
    const cursor = this.query(this.cursor);
    const before = cursor === undefined && this.goes ? this.query("before") : undefined;
    const asked = { ...this.given, limit: this.limit, cursor, before };
    const path = dataAddress(this.list, asked);
    // A page further down does not move; only the newest follows the head.
    const key = cursor === undefined ? `${path} ${this.at ?? ""}` : path;
    this.page.want(this.at === undefined ? undefined : key, () => this.read(asked));
    return this.page.show((page) => this.table(page), 8) || skeleton(0);
  }

  /** Whether a block or date can be gone to; the second list on a page stays where it is. */
  private get goes(): boolean {
    return this.cursor === "cursor" && !UNPLACED.includes(this.list);
  }

  private async read(asked: Record<string, string | number | undefined>): Promise<Page<T>> {
    try {
      return await data<Page<T>>(this.list, asked);
    } catch (problem) {
      if (!(problem instanceof Gone)) throw problem;
      navigate(withQuery({ [this.cursor]: problem.fresh ?? undefined }), { replace: true });
      return data<Page<T>>(this.list, { ...asked, cursor: problem.fresh ?? undefined });
    }
  }

  private table(page: Page<T>): TemplateResult {
    const moved = this.query(this.cursor) ?? (this.goes ? this.query("before") : undefined);
    const first = withQuery({ [this.cursor]: undefined, before: undefined });
    if (!page.items.length) return moved ? empty(t("list.none"), link(first, t("list.first"))) : empty(this.none || t("list.none"));
    const lag = (chain.head?.number ?? 0) - page.head.number;
    return html`
      ${lag > 2 && !this.query(this.cursor)
        ? html`<p class="quiet">${t("list.behind", { list: page.head.number, chain: chain.head?.number ?? 0 })}</p>`
        : nothing}
      <div class="scroll" tabindex="0">
        <table class="rows">
          <caption class="sr">${this.name_}</caption>
          <thead>
            <tr>${this.columns.map((c) => html`<th scope="col" class=${c.number ? "right" : ""}>${c.label}</th>`)}</tr>
          </thead>
          <tbody>
            ${page.items.map(
              (row) => html`<tr>
                ${this.columns.map(
                  (c) => html`<td data-label=${c.label} class=${c.number ? "right" : ""}>${c.cell(row)}</td>`,
                )}
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <nav class="pager" aria-label=${t("list.pages")}>
        ${page.total === null ? nothing : html`<span class="quiet">${t("list.total", { n: page.total.toLocaleString("en") })}</span>`}
        <span class="spring"></span>
        ${this.step(t("list.first"), moved ? "" : null)}
        ${this.step(t("list.newer"), page.prev)} ${this.step(t("list.older"), page.next)}
        ${this.step(t("list.last"), page.next ? "last" : null)}
        ${this.goes && (page.next ?? page.prev ?? moved) ? this.goTo() : nothing}
        <a href=${dataAddress(`${this.list}.csv`, this.given)} download>CSV</a>
      </nav>
    `;
  }

  private goTo(): TemplateResult {
    const id = `go-${this.list}`;
    return html`<form @submit=${(event: SubmitEvent) => void this.go(event)}>
      <label class="sr" for=${id}>${t("list.goTo")}</label>
      <input id=${id} autocomplete="off" placeholder=${t("list.goTo")} @input=${(event: InputEvent) => (event.target as HTMLInputElement).setCustomValidity("")} />
    </form>`;
  }

  /** To a block's number, or to the end of a day in the reader's own time. */
  private async go(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).querySelector("input")!;
    const text = input.value.trim();
    const day = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text)?.slice(1).map(Number);
    let block: number | null = /^[\d,]{1,15}$/.test(text) ? Number(text.replace(/,/g, "")) : null;
    if (day) {
      const end = new Date(day[0]!, day[1]! - 1, day[2]! + 1).getTime() / 1000 - 1;
      block = (await data<{ block: number | null }>("block-at", { time: Math.max(0, end) })).block ?? 0;
    }
    if (block === null) {
      input.setCustomValidity(t("list.goTo.wrong"));
      input.reportValidity();
      return;
    }
    navigate(withQuery({ [this.cursor]: undefined, before: String(block) }));
  }

  private step(label: string, cursor: string | null): TemplateResult {
    if (cursor === null) return html`<span class="quiet step" aria-disabled="true">${label}</span>`;
    return link(withQuery({ [this.cursor]: cursor || undefined, before: undefined }), label, "step");
  }
}
customElements.define("mz-list", MzList);

export function list<T extends object>(options: {
  list: string;
  given?: Record<string, string | number | undefined>;
  columns: Column<T>[];
  none?: string;
  name: string;
  limit?: number;
  /** Its own name in the query, for the second list on a page. */
  cursor?: string;
  route: unknown;
}): TemplateResult {
  return html`<mz-list
    .list=${options.list}
    .given=${options.given ?? {}}
    .columns=${options.columns}
    .none=${options.none ?? ""}
    .name_=${options.name}
    .limit=${options.limit ?? 50}
    .cursor=${options.cursor ?? "cursor"}
    .route=${options.route}
  ></mz-list>`;
}

export function tabs(current: string, choices: readonly (readonly [string, string] | null | false)[]): TemplateResult {
  return html`<nav class="tabs" aria-label=${t("views")}>
    ${choices.map((one) =>
      one
        ? html`<a
            href=${withQuery({ view: one[0] || undefined, cursor: undefined })}
            aria-current=${one[0] === current ? "page" : "false"}
            @click=${(event: MouseEvent) => {
              event.preventDefault();
              navigate(withQuery({ view: one[0] || undefined, cursor: undefined }));
            }}
            >${one[1]}</a
          >`
        : nothing,
    )}
  </nav>`;
}
