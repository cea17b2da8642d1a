/** Frame of every screen: header with search, head and account, navigation, the notice when the node is lost. */

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { html as staticHtml, unsafeStatic } from "lit/static-html.js";
import { forgetPlatform, platform } from "./net/data";
import { chain } from "./net/node";
import { current, follow, link, navigate, withQuery, type Route } from "./route";
import { copyText, identicon, short } from "./show/address";
import { span } from "./show/time";
import { account } from "./wallet/account";
import { t, type Key } from "./words";

/** First part of the path → the element that shows it and where its code is. */
const SCREENS: Record<string, [string, () => Promise<unknown>, Key]> = {
  "": ["mz-home", () => import("./explore/home"), "nav.home"],
  blocks: ["mz-blocks", () => import("./explore/lists"), "blocks"],
  txs: ["mz-txs", () => import("./explore/lists"), "txs"],
  pending: ["mz-pending", () => import("./explore/lists"), "pending"],
  block: ["mz-block", () => import("./explore/block"), "block"],
  tx: ["mz-tx", () => import("./explore/tx"), "tx"],
  address: ["mz-account", () => import("./explore/account"), "address"],
  tokens: ["mz-tokens", () => import("./explore/token"), "tokens"],
  token: ["mz-token", () => import("./explore/token"), "token"],
  burns: ["mz-burns", () => import("./explore/burns"), "nav.burns"],
  buybacks: ["mz-buybacks", () => import("./explore/buybacks"), "buybacks"],
  buyback: ["mz-buyback", () => import("./explore/buyback"), "buyback"],
  sale: ["mz-sale", () => import("./explore/sale"), "sale"],
  economy: ["mz-economy", () => import("./explore/economy"), "economy"],
  templates: ["mz-templates", () => import("./gallery/templates"), "nav.templates"],
  template: ["mz-template", () => import("./gallery/template"), "template"],
  use: ["mz-use", () => import("./gallery/use"), "use"],
  compose: ["mz-compose", () => import("./gallery/compose"), "compose"],
  publish: ["mz-publish", () => import("./gallery/publish"), "publish"],
  deal: ["mz-deal", () => import("./gallery/deal"), "deal"],
  works: ["mz-works", () => import("./gallery/works"), "works"],
  me: ["mz-mine", () => import("./gallery/mine"), "nav.mine"],
  wallet: ["mz-wallet", () => import("./wallet/wallet"), "nav.wallet"],
  search: ["mz-search", () => import("./explore/search"), "search"],
  settings: ["mz-settings", () => import("./explore/settings"), "settings"],
  help: ["mz-help", () => import("./explore/help"), "help"],
};

const NAVIGATION: [string, Key, string[]][] = [
  ["/txs", "nav.explore", ["txs", "blocks", "block", "tx", "address", "tokens", "token", "pending"]],
  ["/burns", "nav.burns", ["burns", "buybacks", "buyback", "economy", "sale"]],
  ["/templates", "nav.templates", ["templates", "template", "use", "compose", "publish"]],
  ["/me", "nav.mine", ["me", "deal", "works"]],
  ["/wallet", "nav.wallet", ["wallet"]],
];
const ANNOUNCE_EVERY = 10_000; // milliseconds
const COPIED = 1_500; // milliseconds

class MzApp extends LitElement {
  private route: Route = current();
  private loaded = new Set<string>();
  private failed: string | null = null;
  private replaced = false;
  private copied = false;
  private announced = 0;
  private spoken = "";

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("popstate", () => this.move());
    window.addEventListener("mz-route", (event) => this.move((event as CustomEvent<{ replace: boolean }>).detail.replace));
    window.addEventListener("mz-account", () => this.requestUpdate());
    window.addEventListener("mz-language", () => this.requestUpdate());
    chain.addEventListener("change", () => this.hear());
    chain.addEventListener("replaced", () => {
      this.replaced = true;
      forgetPlatform();
      this.requestUpdate();
    });
    document.addEventListener("keydown", (event) => this.key(event));
    setInterval(() => chain.status === "lost" && this.requestUpdate(), 1000);
    void this.load();
  }

  private hear(): void {
    if (Date.now() - this.announced > ANNOUNCE_EVERY && chain.head) {
      this.announced = Date.now();
      this.spoken = t("live.block", { n: chain.head.number });
    }
    this.stopIfReplaced();
    void platform();
    this.requestUpdate();
  }

  /** A chain of the same number with another genesis is another chain: nothing of the old one may be believed. */
  private stopIfReplaced(): void {
    if (!chain.genesis) return;
    const key = `mz.genesis.${chain.chainId}`;
    try {
      const before = localStorage.getItem(key);
      if (before && before !== chain.genesis) this.replaced = true;
      localStorage.setItem(key, chain.genesis);
    } catch {
      // Without storage nothing is remembered that could be wrong.
    }
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "/" || event.ctrlKey || event.metaKey) return;
    if ((event.target as HTMLElement).closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    this.querySelector<HTMLInputElement>("#search")?.focus();
  }

  private move(replace = false): void {
    const before = location.pathname;
    const moved = this.route.parts.join("/") !== current().parts.join("/");
    this.route = current();
    void this.load().then(async () => {
      if (!moved || replace || before !== location.pathname) return;
      await this.updateComplete;
      window.scrollTo(0, 0);
      // The screen draws its heading in its own turn.
      requestAnimationFrame(() => this.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true }));
    });
  }

  private async load(): Promise<void> {
    const name = this.route.parts[0] ?? "";
    const screen = SCREENS[name];
    this.failed = null;
    if (screen && !this.loaded.has(name)) {
      try {
        await screen[1]();
        this.loaded.add(name);
      } catch (problem) {
        this.failed = (problem as Error).message;
      }
    }
    document.title = screen ? `${t(screen[2])} · MZ` : "MZ";
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const name = this.route.parts[0] ?? "";
    const inFlow = name === "use" || name === "publish" || name === "compose";
    return html`
      <a class="skip" href="#main" @click=${this.skip}>${t("skip")}</a>
      ${this.header(name)} ${this.lost()} ${this.otherChain()}
      <main id="main" class=${inFlow ? "flow" : ""} tabindex="-1">${this.replaced ? this.stopPage() : this.screen(name)}</main>
      <footer>
        <span class="quiet">${t("footer", { n: chain.chainId || "…" })}</span>
        ${link("/works", t("works"))} ${link("/economy", t("economy"))} ${link("/buybacks", t("buybacks"))}
        ${link("/tokens", t("tokens"))} ${link("/pending", t("pending"))} ${link("/help", t("help"))} ${link("/settings", t("settings"))}
        <button type="button" class="plain" id="copy-link" @click=${() => void this.copyLink()}>${this.copied ? `✓ ${t("copied")}` : t("copyLink")}</button>
      </footer>
      <p class="sr" role="status">${this.spoken}</p>
      <div id="over"></div>
    `;
  }

  /** What is shown, for somebody else: the link names the chain, because another node may serve another one. */
  private async copyLink(): Promise<void> {
    await copyText(location.origin + withQuery({ chain: String(chain.chainId) }));
    this.copied = true;
    this.requestUpdate();
    setTimeout(() => {
      this.copied = false;
      this.requestUpdate();
    }, COPIED);
  }

  private header(name: string): TemplateResult {
    const mine = account();
    return html`<header>
      <div class="bar">
        <a class="mark" href="/" title=${t("nav.home")} @click=${follow}>MZ</a>
        <nav class="main" aria-label=${t("nav.main")}>
          ${NAVIGATION.map(
            ([path, key, parts]) =>
              html`<a href=${path} aria-current=${parts.includes(name) ? "page" : "false"} @click=${follow}>${t(key)}</a>`,
          )}
        </nav>
        <form role="search" @submit=${this.search}>
          <label class="sr" for="search">${t("search")}</label>
          <input id="search" type="search" autocomplete="off" spellcheck="false" placeholder=${t("search.hint")} />
        </form>
        <span class="live ${chain.status}" title=${t(`live.${chain.status}`)}>
          <i aria-hidden="true"></i><span class="sr">${t(`live.${chain.status}`)}</span>
          ${chain.head ? link(`/block/${chain.head.number}`, chain.head.number.toLocaleString("en"), "number") : "…"}
        </span>
        ${mine
          ? link("/wallet", html`${identicon(mine.address)}<span class="mono wide">${short(mine.address)}</span>`, "me")
          : link("/wallet", t("connect"), "me button")}
      </div>
    </header>`;
  }

  private lost(): unknown {
    if (chain.status !== "lost") return nothing;
    const seconds = (Date.now() - chain.lastSeen) / 1000;
    return html`<p class="strip" role="alert">
      ${chain.head
        ? t("lost", { span: span(seconds), block: chain.head.number.toLocaleString("en") })
        : t("lost.never")}
    </p>`;
  }

  /** A shared link may name the chain that it is about. */
  private otherChain(): unknown {
    const meant = Number(this.route.query.get("chain") ?? 0);
    if (!meant || !chain.chainId || meant === chain.chainId) return nothing;
    return html`<p class="strip" role="alert">${t("chain.other", { meant, here: chain.chainId })}</p>`;
  }

  private stopPage(): TemplateResult {
    return html`<div class="notice warn">
      <h1>${t("chain.replaced")}</h1>
      <p>${t("chain.replaced.more", { n: chain.chainId })}</p>
      <button
        type="button"
        @click=${() => {
          this.replaced = false;
          this.requestUpdate();
        }}
      >
        ${t("chain.replaced.go")}
      </button>
    </div>`;
  }

  private screen(name: string): unknown {
    const screen = SCREENS[name];
    if (!screen) return html`<div class="heading"><h1 tabindex="-1">${t("nowhere")}</h1></div>`;
    if (this.failed) return html`<p class="notice bad" role="alert">${t("failed.part")}: ${this.failed}</p>`;
    if (!this.loaded.has(name)) return nothing;
    const tag = unsafeStatic(screen[0]);
    return staticHtml`<${tag} .route=${this.route}></${tag}>`;
  }

  private search(event: SubmitEvent): void {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).querySelector("input")!;
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    input.blur();
    navigate(`/search?q=${encodeURIComponent(text)}`);
  }

  private skip(event: Event): void {
    event.preventDefault();
    document.getElementById("main")?.focus();
  }
}
customElements.define("mz-app", MzApp);
