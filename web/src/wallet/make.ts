/** `/wallet/new` and `/wallet/import`: a key is made or brought here, and never leaves this browser. */

import { html, nothing, type TemplateResult } from "lit";
import { navigate, link } from "../route";
import { address } from "../show/address";
import { foreign } from "../show/foreign";
import { heading, Screen } from "../show/screen";
import { t } from "../words";
import { all, bring, create, possible, put } from "./keyring";
import { keystoreOf, type Keystore } from "./keystore";

const LEAST_PASSWORD = 8;
const ASKED_WORDS = 3;
const LARGEST_FILE = 100_000; // bytes

class MakeWallet extends Screen {
  static override properties = { ...Screen.properties, way: {} };
  way: "new" | "import" = "new";
  private password = "";
  private again = "";
  private words = "";
  private made = "";
  private asked: number[] = [];
  private answers: string[] = [];
  private secret = "";
  private file: Keystore | null = null;
  private oldPassword = "";
  private wrong = "";
  private busy = false;

  protected override render(): TemplateResult {
    if (!possible()) return html`${heading(t("wallet.create"))}<p class="notice warn"><span>${t("wallet.insecure")}</span></p>`;
    if (this.made) return this.asked.length ? this.test() : this.show();
    return this.way === "new" ? this.fresh() : this.bring();
  }

  private field(id: string, label: string, value: string, set: (value: string) => void, type = "password"): TemplateResult {
    return html`<div class="field"><label for=${id}>${label}</label>
      <input id=${id} type=${type} autocomplete=${type === "password" ? "new-password" : "off"} spellcheck="false" .value=${value} @input=${(event: InputEvent) => set((event.target as HTMLInputElement).value)} /></div>`;
  }

  private trouble(): unknown {
    return this.wrong ? html`<p class="bad" role="alert">${foreign(this.wrong, { limit: 200 })}</p>` : nothing;
  }

  private fresh(): TemplateResult {
    return html`${heading(t("wallet.create"))}
      <p class="lead">${t("make.lead")}</p>
      <form class="card" @submit=${(event: SubmitEvent) => void this.make(event)}>
        ${this.field("password", t("make.password"), this.password, (v) => (this.password = v))}
        ${this.field("again", t("make.again"), this.again, (v) => (this.again = v))}
        <p class="quiet">${t("make.lost")}</p>
        ${this.trouble()}
        <p class="row"><button type="submit" class="primary" ?disabled=${this.busy}>${this.busy ? t("make.working") : t("wallet.create")}</button> ${link("/wallet/import", t("wallet.import"))}</p>
      </form>`;
  }

  private async make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!this.passwordFits()) return;
    await this.work(async () => {
      const { words, address: at } = await create(this.password);
      this.words = words;
      this.made = at;
    });
  }

  private passwordFits(): boolean {
    this.wrong = this.password.length < LEAST_PASSWORD ? t("make.short", { n: LEAST_PASSWORD }) : this.password !== this.again ? t("make.differ") : "";
    this.requestUpdate();
    return !this.wrong;
  }

  private show(): TemplateResult {
    return html`${heading(t("make.words"))}
      <p class="lead">${t("make.words.more")}</p>
      <ol class="words">${this.words.split(" ").map((word) => html`<li>${word}</li>`)}</ol>
      <p class="row">
        <button type="button" class="primary" id="written" @click=${() => {
          const all_ = this.words.split(" ").map((_, i) => i);
          this.asked = all_.sort(() => crypto.getRandomValues(new Int32Array(1))[0]!).slice(0, ASKED_WORDS).sort((a, b) => a - b);
          this.answers = this.asked.map(() => "");
          this.requestUpdate();
        }}>${t("make.written")}</button>
        <button type="button" class="plain" @click=${() => navigate("/wallet")}>${t("make.later")}</button>
      </p>`;
  }

  private test(): TemplateResult {
    return html`${heading(t("make.test"))}
      <form class="card" @submit=${(event: SubmitEvent) => void this.finish(event)}>
        ${this.asked.map((number, i) => this.field(`word-${number + 1}`, t("make.word", { n: number + 1 }), this.answers[i]!, (v) => (this.answers[i] = v), "text"))}
        ${this.trouble()}
        <p class="row"><button type="submit" class="primary">${t("make.check")}</button>
        <button type="button" @click=${() => { this.asked = []; this.requestUpdate(); }}>${t("make.showAgain")}</button></p>
      </form>`;
  }

  private async finish(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const words = this.words.split(" ");
    const right = this.asked.every((number, i) => words[number] === this.answers[i]!.trim().toLowerCase());
    this.wrong = right ? "" : t("make.wrongWord");
    this.requestUpdate();
    if (!right) return;
    const kept = (await all()).find((one) => one.address === this.made);
    if (kept) await put({ ...kept, backedUp: true });
    this.words = "";
    navigate("/wallet");
  }

  private bring(): TemplateResult {
    return html`${heading(t("wallet.import"))}
      <p class="lead">${t("import.lead")}</p>
      <form class="card" @submit=${(event: SubmitEvent) => void this.take(event)}>
        <div class="field"><label for="secret">${t("import.words")}</label>
          <textarea id="secret" rows="3" spellcheck="false" autocomplete="off" .value=${this.secret} @input=${(event: InputEvent) => (this.secret = (event.target as HTMLTextAreaElement).value)}></textarea></div>
        <div class="field"><label for="file">${t("import.file")}</label>
          <input id="file" type="file" accept=".json,application/json" @change=${(event: Event) => void this.read(event)} /></div>
        ${this.file ? html`${this.field("old", t("import.filePassword"), this.oldPassword, (v) => (this.oldPassword = v))}${this.file.address ? html`<p class="quiet">${address(`0x${this.file.address}`, { plain: true })}</p>` : nothing}` : nothing}
        ${this.field("password", t("make.password"), this.password, (v) => (this.password = v))}
        ${this.field("again", t("make.again"), this.again, (v) => (this.again = v))}
        ${this.trouble()}
        <p><button type="submit" class="primary" ?disabled=${this.busy}>${this.busy ? t("make.working") : t("wallet.import")}</button></p>
      </form>`;
  }

  private async read(event: Event): Promise<void> {
    const file = (event.target as HTMLInputElement).files?.[0];
    this.file = null;
    this.wrong = "";
    if (file) {
      this.file = file.size < LARGEST_FILE ? keystoreOf(await file.text().catch(() => "")) : null;
      this.wrong = this.file ? "" : t("import.badFile");
    }
    this.requestUpdate();
  }

  private async take(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!this.passwordFits()) return;
    const secret = this.secret.trim();
    await this.work(async () => {
      if (this.file) await bring({ store: this.file, oldPassword: this.oldPassword }, this.password);
      else if (/^(0x)?[0-9a-fA-F]{64}$/.test(secret)) await bring({ key: secret }, this.password);
      else if (secret) await bring({ words: secret }, this.password);
      else throw new Error(t("import.nothing"));
      this.secret = "";
      navigate("/wallet");
    });
  }

  private async work(what: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.requestUpdate();
    try {
      await what();
      this.password = this.again = this.oldPassword = "";
    } catch (problem) {
      const message = (problem as Error).message;
      this.wrong = message === "wrong password" ? t("import.wrongPassword") : /mnemonic/i.test(message) ? t("import.badWords") : message;
    }
    this.busy = false;
    this.requestUpdate();
  }
}
customElements.define("mz-wallet-make", MakeWallet);
