/** Light or dark: as JupyterLab is, else as the page says it is, else as the person prefers it. */

const SAID = ["data-jp-theme-light", "data-theme", "data-vscode-theme-kind"];

export function themeOf(document: Document, prefersDark: boolean): "light" | "dark" {
  const { body, documentElement } = document;
  const lab = body.getAttribute("data-jp-theme-light");
  if (lab !== null) return lab === "false" ? "dark" : "light";
  const said = [body, documentElement]
    .flatMap((node) => [node.dataset["theme"], node.dataset["vscodeThemeKind"]])
    .find(Boolean);
  if (said) return said.includes("dark") ? "dark" : "light";
  return prefersDark ? "dark" : "light";
}

/** Keep `data-theme` of the root right; returns what stops that. */
export function followTheme(root: HTMLElement): () => void {
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const set = (): void => {
    root.dataset["theme"] = themeOf(document, preference.matches);
  };
  const observer = new MutationObserver(set);
  for (const node of [document.body, document.documentElement]) observer.observe(node, { attributeFilter: SAID });
  preference.addEventListener("change", set);
  set();
  return () => {
    observer.disconnect();
    preference.removeEventListener("change", set);
  };
}
