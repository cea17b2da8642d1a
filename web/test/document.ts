/** The little of a browser that modules touch when they are loaded. */

class Element {}
Object.assign(globalThis, {
  HTMLElement: Element,
  customElements: { define: () => undefined },
  document: { documentElement: { lang: "en", dataset: {} }, createTreeWalker: () => ({}), createElement: () => ({}), createComment: () => ({}) },
});
