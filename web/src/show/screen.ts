/** What all screens share: they hear of new heads, load parts that fail apart from each other, and have one title. */

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { chain } from "../net/node";
import { current, type Route } from "../route";
import { t } from "../words";

const SKELETON_AFTER = 200; // milliseconds

/** A loaded part. It keeps its old value while it loads anew: nothing that was readable turns into a spinner. */
export class Part<T> {
  value: T | undefined;
  problem: Error | undefined;
  private key: string | undefined;
  private slow = false;
  private turn = 0;

  constructor(private readonly host: Screen) {}

  /** Load when `key` differs from the last one; `key` undefined: not now. */
  want(key: string | undefined, load: () => Promise<T>): void {
    if (key === undefined || key === this.key) return;
    this.key = key;
    const turn = ++this.turn;
    const timer = window.setTimeout(() => {
      this.slow = true;
      this.host.requestUpdate();
    }, SKELETON_AFTER);
    load()
      .then((value) => {
        if (turn !== this.turn) return;
        this.value = value;
        this.problem = undefined;
      })
      .catch((problem: Error) => {
        if (turn === this.turn) this.problem = problem;
      })
      .finally(() => {
        window.clearTimeout(timer);
        this.slow = false;
        this.host.requestUpdate();
      });
  }

  /** Forget the value: another thing is shown now. */
  reset(): void {
    this.value = undefined;
    this.problem = undefined;
    this.key = undefined;
    this.turn++;
  }

  again(): void {
    this.key = undefined;
    this.problem = undefined;
    this.host.requestUpdate();
  }

  show(ready: (value: T) => unknown, lines = 4): unknown {
    const failed = this.problem
      ? html`<div class="notice bad" role="alert">
          <p>${t("failed.part")}: <mz-foreign .text=${this.problem.message} .limit=${300}></mz-foreign></p>
          <button type="button" @click=${() => this.again()}>${t("retry")}</button>
        </div>`
      : nothing;
    if (this.value !== undefined) return html`${failed}${ready(this.value)}`;
    if (this.problem) return failed;
    return this.slow ? skeleton(lines) : nothing;
  }
}

export function skeleton(lines: number): TemplateResult {
  return html`<div class="skeleton" aria-busy="true" aria-label=${t("loading")}>
    ${Array.from({ length: lines }, () => html`<i></i>`)}
  </div>`;
}

export abstract class Screen extends LitElement {
  static override properties = { route: { attribute: false } };
  route: Route = current();
  private readonly heard = (): void => this.requestUpdate();

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    chain.addEventListener("change", this.heard);
    window.addEventListener("mz-account", this.heard);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    chain.removeEventListener("change", this.heard);
    window.removeEventListener("mz-account", this.heard);
  }

  protected loads<T>(): Part<T> {
    return new Part<T>(this);
  }

  /** The head's hash, as a key for what has to be read anew with each block. */
  protected get at(): string | undefined {
    return chain.head?.hash;
  }

  protected get now(): number {
    return Math.max(chain.head?.timestamp ?? 0, Math.floor(Date.now() / 1000));
  }

  protected query(name: string): string | undefined {
    return this.route.query.get(name) ?? undefined;
  }
}

/** The one heading of a page; the app gives it focus after a change of route. */
export function heading(text: unknown, after: unknown = nothing): TemplateResult {
  return html`<div class="heading"><h1 tabindex="-1">${text}</h1>${after}</div>`;
}

export function empty(why: string, next: unknown = nothing): TemplateResult {
  return html`<div class="empty"><p>${why}</p>${next}</div>`;
}

export function facts(rows: readonly (readonly [string, unknown] | null | undefined | false)[]): TemplateResult {
  return html`<dl class="facts">
    ${rows.map((row) => (row ? html`<div><dt>${row[0]}</dt><dd>${row[1]}</dd></div>` : nothing))}
  </dl>`;
}
