/** Lines over time by uPlot, with the same figures as a table and one sentence: a picture is never the only way. */

import { html, nothing } from "lit";
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
const DASHES: Record<number, number[]> = { 1: [], 2: [6, 3], 3: [2, 3], 4: [10, 3, 2, 3], 5: [1, 4] };

class MzChart extends Screen {
  static override properties = { ...Screen.properties, times: { attribute: false }, lines: { attribute: false }, unit: {}, summary: {} };
  times: number[] = [];
  lines: Line[] = [];
  unit = "MZ";
  summary = "";
  private plot: uPlot | null = null;
  private drawn = "";
  private readonly watcher = new ResizeObserver(() => this.fit());

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.watcher.disconnect();
    this.plot?.destroy();
    this.plot = null;
    this.drawn = "";
  }

  protected override render(): unknown {
    const day = (time: number): string => new Date(time * 1000).toISOString().slice(0, 16).replace("T", " ");
    return html`<figure class="tight">
      <figcaption class="quiet">${this.summary}</figcaption>
      <div class="legend"><span class="quiet">${t("chart.unit", { unit: this.unit })}</span>${this.lines.map((line) => html`<span><i class="c${line.color}"></i>${line.label}</span>`)}</div>
      <div class="chart" role="img" aria-label=${this.summary}></div>
      <details>
        <summary>${t("chart.table")}</summary>
        <div class="scroll" tabindex="0">
          <table>
            <thead><tr><th>${t("time")} (UTC)</th>${this.lines.map((line) => html`<th class="right">${line.label}</th>`)}</tr></thead>
            <tbody>
              ${this.times.map((time, i) => html`<tr><td>${day(time)}</td>${this.lines.map((line) => html`<td class="right">${cut(line.values[i] ?? 0n, 18, 6)}</td>`)}</tr>`)}
            </tbody>
          </table>
        </div>
      </details>
      ${nothing}
    </figure>`;
  }

  protected override updated(): void {
    const key = JSON.stringify([this.times.length, this.times.at(-1), this.lines.map((line) => String(line.values.at(-1))), document.documentElement.dataset["theme"]]);
    const place = this.querySelector<HTMLElement>(".chart");
    if (!place || key === this.drawn || !this.times.length) return;
    this.drawn = key;
    this.plot?.destroy();
    const style = getComputedStyle(document.documentElement);
    const token = (name: string): string => style.getPropertyValue(name).trim();
    const axis = { stroke: token("--muted"), grid: { stroke: token("--line"), width: 1 }, ticks: { stroke: token("--line") } };
    // A picture may be rounded; the table beside it is exact.
    const values = this.lines.map((line) => line.values.map((raw) => Number(raw / 10n ** 12n) / 1e6));
    this.plot = new uPlot(
      {
        width: place.clientWidth || 600,
        height: 240,
        legend: { show: false },
        cursor: { drag: { x: false, y: false } },
        tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
        axes: [{ ...axis, space: LABEL, values: stamps }, { ...axis, size: (_, shown) => 20 + 8 * Math.max(4, ...(shown ?? []).map((one) => one.length)) }],
        series: [
          {},
          ...this.lines.map((line) => ({
            label: line.label,
            stroke: token(`--chart${line.color}`),
            width: 2,
            dash: DASHES[line.color]!,
            points: { show: this.times.length < 40 },
          })),
        ],
      },
      [this.times, ...values],
      place,
    );
    this.watcher.observe(place);
  }

  private fit(): void {
    const place = this.querySelector<HTMLElement>(".chart");
    if (place && this.plot && place.clientWidth) this.plot.setSize({ width: place.clientWidth, height: 240 });
  }
}
customElements.define("mz-chart", MzChart);

/** The same in every language and of every place, as in the table: dates, and times of day where days are long. */
function stamps(_: uPlot, splits: number[], __: number, ___: number, step: number): string[] {
  return splits.map((time, i) => {
    const iso = new Date(time * 1000).toISOString();
    if (step >= DAY) return iso.slice(0, 10);
    const clock = iso.slice(11, 16);
    return i === 0 || clock === "00:00" ? `${clock}\n${iso.slice(0, 10)}` : clock;
  });
}
