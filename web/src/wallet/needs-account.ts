/** What stands where an account is needed and none is there. */

import { html, type TemplateResult } from "lit";
import { link } from "../route";
import { t } from "../words";

export function needsAccount(why: string): TemplateResult {
  return html`<div class="empty"><p>${why}</p><p>${link("/wallet", t("connect"), "button primary")}</p></div>`;
}
