// Before the first paint: the theme and language that were chosen here. A file of its own, because inline is forbidden.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem("mz.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    const chosen = localStorage.getItem("mz.language");
    root.lang = chosen === "zh" || (chosen !== "en" && navigator.language.startsWith("zh")) ? "zh" : "en";
  } catch {
    // Storage may be forbidden; then the system decides.
  }
})();
