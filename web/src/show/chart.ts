/** Figures over time by uPlot, with the same figures as a table and one sentence: a picture is never the only way. Pointer
 * and arrow keys read single points. */

import { html, nothing, type TemplateResult } from "lit";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { t } from "../words";
import { Screen } from "./screen";
import { cut } from "./amount";

export interface Line {
  label: string;
  values: bigint[];
  color: 1 | 2 | 3 | 4 | 5;
}

const DAY = 86_400;
const LABEL = 84; // pixels that a date needs
const HEIGHT = 240; // pixels
const PANEL = 112; // of one panel of several; the last has the dates below it
const DATES = 36;
const MARGIN = 72; // for the figures at the left of panels: the same for all, so that times stand below each other
const DASHES: Record<number, number[]> = { 1: [], 2: [6, 3], 3: [2, 3], 4: [10, 3, 2, 3], 5: [1, 4] };

let charts = 0;

/** `apart`: the values are sums of spans; each line stands as bars from zero in a panel of its own, at its own scale,
 * because one that is much larger would flatten the others. */
class MzChart extends Screen {
  static override properties = {
    ...Screen.properties,
    times: { attribute: false },
    lines: { attribute: false },
    unit: {},
    summary: {},
    step: { type: Number },
    apart: { type: Boolean },
  };
  times: number[] = [];
  lines: Line[] = [];
  unit = "MZ";
  summary = "";
  step = DAY; // seconds between two times
  apart = false;
  private plots: uPlot[] = [];
  private drawn = "";
  private pointed: number | null = null;
  private readonly together = `chart ${++charts}`;
  private readonly watcher = new ResizeObserver(() => this.fit());

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.watcher.disconnect();
    this.clear();
    this.drawn = "";
  }

  private clear(): void {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
  }

  private get shown(): Line[] {
    return this.apart ? this.lines.filter((line) => line.values.some((raw) => raw > 0n)) : this.lines;
  }

  private get panels(): Line[][] {
    return this.apart ? this.shown.map((line) => [line]) : [this.lines];
  }

  protected override render(): unknown {
    const last = this.times.length - 1;
    if (last < 0) return nothing;
    const read = Math.min(this.pointed ?? last, last);
    return html`<figure class="tight">
      <figcaption class="quiet">${this.summary}</figcaption>
      ${this.apart ? nothing : html`<div class="legend"><span class="quiet">${t("chart.unit", { unit: this.unit })}</span>${this.lines.map((line) => html`<span><i class="c${line.color}"></i>${line.label}</span>`)}</div>`}
      <div class="panels" role="slider" tabindex="0" aria-orientation="horizontal" aria-label=${`${this.summary} ${t("chart.keys")}`}
        aria-valuemin="0" aria-valuemax=${last} aria-valuenow=${read} aria-valuetext=${this.reading(read)} @keydown=${(event: KeyboardEvent) => this.walk(event)} @blur=${() => this.point(null)}>
        ${this.panels.map((lines) => html`<div class="panel">${this.apart ? this.named(lines[0]!) : nothing}<div class="chart"></div></div>`)}
      </div>
      <p class="reading number">${this.pointed === null ? html`<span class="quiet">${t("chart.point")}</span>` : this.reading(read)}</p>
      <details>
        <summary>${t("chart.table")}</summary>
        <div class="scroll" tabindex="0">
          <table>
            <thead><tr><th>${t("time")} (UTC)</th>${this.lines.map((line) => html`<th class="right">${line.label}</th>`)}</tr></thead>
            <tbody>
              ${this.times.map((time, i) => html`<tr><td>${stamp(time)}</td>${this.lines.map((line) => html`<td class="right">${cut(line.values[i] ?? 0n, 18, 6)}</td>`)}</tr>`)}
            </tbody>
          </table>
        </div>
      </details>
    </figure>`;
  }

  private named(line: Line): TemplateResult {
    const sum = line.values.reduce((total, raw) => total + raw, 0n);
    const most = line.values.reduce((top, raw) => (raw > top ? raw : top), 0n);
    return html`<div class="legend"><span><i class="c${line.color}"></i><strong>${line.label}</strong></span>
      <span class="quiet number">${t("chart.sum", { sum: cut(sum, 18, 2), most: cut(most, 18, 2), unit: this.unit })}</span></div>`;
  }

  private reading(i: number): string {
    const values = this.shown.map((line) => `${line.label} ${cut(line.values[i] ?? 0n, 18, 6)} ${this.unit}`);
    return [`${stamp(this.times[i]!)} UTC`, ...values].join(" · ");
  }

  private point(i: number | null): void {
    if (i === this.pointed) return;
    this.pointed = i;
    this.requestUpdate();
  }

  private walk(event: KeyboardEvent): void {
    const last = this.times.length - 1;
    const from = this.pointed ?? last;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last, PageUp: from - 10, PageDown: from + 10 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const i = Math.max(0, Math.min(last, to));
    for (const plot of this.plots) plot.setCursor({ left: plot.valToPos(this.times[i]!, "x"), top: 0 });
    this.point(i);
  }

  protected override updated(): void {
    const values = this.shown.map((line) => line.values.join());
    const key = JSON.stringify([this.times.length, this.times.at(-1), values, this.colours()]);
    if (key === this.drawn || !this.times.length) return;
    this.drawn = key;
    this.clear();
    const places = [...this.querySelectorAll<HTMLElement>(".chart")];
    this.plots = this.panels.map((lines, i) => this.plotted(lines, places[i]!, i === places.length - 1));
    this.watcher.disconnect();
    if (places[0]) this.watcher.observe(places[0]);
  }

  private colours(): string {
    return getComputedStyle(document.documentElement).getPropertyValue("--ink");
  }

  private plotted(lines: Line[], place: HTMLElement, dated: boolean): uPlot {
    const style = getComputedStyle(document.documentElement);
    const token = (name: string): string => style.getPropertyValue(name).trim();
    const axis = { stroke: token("--muted"), grid: { stroke: token("--line"), width: 1 }, ticks: { stroke: token("--line") } };
    // A picture may be rounded; the table beside it is exact.
    const values = lines.map((line) => line.values.map((raw) => Number(raw / 10n ** 12n) / 1e6));
    const half = this.step / 2;
    const paths = this.apart ? uPlot.paths.bars!({ size: [0.75, 48] }) : uPlot.paths.stepped!({ align: 1 });
    return new uPlot(
      {
        width: place.clientWidth || 600,
        height: this.apart ? PANEL + (dated ? DATES : 0) : HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, y: false, sync: { key: this.together }, ...(this.apart ? { points: { show: false } } : {}) },
        tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
        scales: this.apart ? { x: { range: (_, min, max) => [min - half, max + half] }, y: { range: (_, __, max) => [0, max * 1.05 || 1] } } : {},
        axes: [
          { ...axis, space: LABEL, values: dated ? stamps : () => [], size: dated ? DATES + 14 : 14 },
          { ...axis, size: this.apart ? MARGIN : (_, shown) => 20 + 8 * Math.max(4, ...(shown ?? []).map((one) => one.length)) },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.label,
            stroke: token(`--chart${line.color}`),
            width: this.apart ? 1 : 2,
            ...(this.apart ? { fill: token(`--chart${line.color}`) } : { dash: DASHES[line.color]! }),
            paths,
            points: { show: !this.apart && this.times.length < 40 },
          })),
        ],
        hooks: {
          // A plot is told of the pointer; the keys point at all of them at once.
          setCursor: [(plot) => plot.cursor.event && this.point(plot.cursor.idx ?? null)],
        },
      },
      [this.times, ...values],
      place,
    );
  }

  private fit(): void {
    for (const plot of this.plots) {
      const width = plot.root.parentElement?.clientWidth;
      if (width) plot.setSize({ width, height: plot.height });
    }
  }
}
customElements.define("mz-chart", MzChart);

function stamp(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 16).replace("T", " ");
}

/** The same in every language and of every place, as in the table: dates, and times of day where days are long. */
function stamps(_: uPlot, splits: number[], __: number, ___: number, step: number): string[] {
  return splits.map((time, i) => {
    const iso = new Date(time * 1000).toISOString();
    if (step >= DAY) return iso.slice(0, 10);
    const clock = iso.slice(11, 16);
    return i === 0 || clock === "00:00" ? `${clock}\n${iso.slice(0, 10)}` : clock;
  });
}
