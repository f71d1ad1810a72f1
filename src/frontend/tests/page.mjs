/** Builds the page of page.ts into the folder named on the command line. Panels that are not there yet are left blank. */

import { copyFile, mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = resolve(process.argv[2] ?? "page");
await mkdir(out, { recursive: true });
const blanks = {
  name: "blanks",
  setup(steps) {
    steps.onResolve({ filter: /^\.\/panels\/\w+$/ }, ({ path, resolveDir }) =>
      existsSync(`${resolveDir}/${path.slice(2)}.tsx`)
        ? undefined
        : { path: path.split("/").pop(), namespace: "blank" },
    );
    steps.onLoad({ filter: /.*/, namespace: "blank" }, ({ path }) => ({
      contents: `export const ${path} = () => "${path}";`,
    }));
  },
};
await build({
  absWorkingDir: here,
  entryPoints: ["page.ts"],
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"', "define.amd": "false" },
  plugins: [blanks],
  logLevel: "warning",
});
await copyFile(`${here}/page.html`, `${out}/page.html`);
