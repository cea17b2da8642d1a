import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  // Everything as files of our own: the page is served under a policy that allows no inline script and no data: asset.
  build: { outDir: "../build/page", emptyOutDir: true, assetsInlineLimit: 0, target: "es2022", modulePreload: false },
  worker: { format: "es" },
});
