/** `/settings`: language, theme; how to connect programs and wallets. */

import { html } from "lit";
import { chain } from "../net/node";
import { heading, facts, Screen } from "../show/screen";
import { language, t, type Key, type Language } from "../words";

class Settings extends Screen {
  protected override render(): unknown {
    const root = document.documentElement;
    const theme = root.dataset["theme"] ?? "system";
    return html`${heading(t("settings"))}
      <fieldset class="card">
        <legend class="sr">${t("settings.language")}</legend>
        <h2>${t("settings.language")}</h2>
        ${(["en", "zh"] as const).map(
          (one) => html`<label class="choice"><input type="radio" name="language" value=${one} .checked=${language() === one} @change=${() => this.speak(one)} />${one === "en" ? "English" : "中文"}</label>`,
        )}
      </fieldset>
      <fieldset class="card">
        <legend class="sr">${t("settings.theme")}</legend>
        <h2>${t("settings.theme")}</h2>
        ${(["system", "light", "dark"] as const).map(
          (one) => html`<label class="choice"><input type="radio" name="theme" value=${one} .checked=${theme === one} @change=${() => this.paint(one)} />${t(`settings.${one}` as Key)}</label>`,
        )}
      </fieldset>
      <section class="tight">
        <h2>${t("settings.connect")}</h2>
        ${facts([
          ["RPC", html`<code>${location.origin}</code>`],
          ["WebSocket", html`<code>${location.origin.replace("http", "ws")}</code>`],
          [t("settings.chainId"), chain.chainId],
          [t("settings.genesis"), html`<span class="mono wrap">${chain.genesis}</span>`],
        ])}
      </section>`;
  }

  private speak(one: Language): void {
    document.documentElement.lang = one;
    store("mz.language", one);
    window.dispatchEvent(new Event("mz-language"));
    this.requestUpdate();
  }

  private paint(one: string): void {
    if (one === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = one;
    store("mz.theme", one);
    this.requestUpdate();
  }
}
customElements.define("mz-settings", Settings);

function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Then it holds until the page is left.
  }
}
