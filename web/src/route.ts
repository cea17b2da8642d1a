/** Paths are the state of the page: read from the address bar, changed by links, kept by the browser's history. */

import { html, type TemplateResult } from "lit";

export interface Route {
  parts: string[];
  query: URLSearchParams;
}

export function current(): Route {
  const parts = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  return { parts, query: new URLSearchParams(location.search) };
}

export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  window.dispatchEvent(new CustomEvent("mz-route", { detail: { replace: options.replace ?? false } }));
}

/** The present path with some query parameters changed; undefined takes one away. */
export function withQuery(changes: Record<string, string | undefined>): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return `${location.pathname}${text ? `?${text}` : ""}`;
}

export function link(path: string, content: unknown, classes = ""): TemplateResult {
  return html`<a href=${path} class=${classes} @click=${follow}>${content}</a>`;
}

export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const anchor = event.currentTarget as HTMLAnchorElement;
  if (anchor.origin !== location.origin) return;
  event.preventDefault();
  navigate(anchor.pathname + anchor.search);
}
