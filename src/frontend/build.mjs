/** One script and one style sheet, with everything in them, to where the wheel takes them from. */

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out =
  process.env.NBTHREAT_BUNDLE_DIR ?? fileURLToPath(new URL("../nbthreat/workbench/widgets/static/", import.meta.url));

await mkdir(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { widget: "src/index.tsx" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  define: {
    "process.env.NODE_ENV": '"production"',
    "define.amd": "false", // notebooks that still load RequireJS must not see a module of theirs here
  },
  logLevel: "info",
});
