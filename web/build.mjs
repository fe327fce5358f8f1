// Builds the web map into dist/: the page, which the server shows at /map, and its assets, shown under /assets; their names
// carry a hash of their content.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const BUDGET_KB = 600;

const common = {
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  outdir: "dist",
  entryNames: "[name]-[hash]",
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
};

/** Returns the file name that an entry point was built into. */
function built(result, entry) {
  const [file] = Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint === entry);
  return path.basename(file);
}

await rm("dist", { recursive: true, force: true });
await mkdir("dist");

const workerEntry = "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs";
const worker = built(await build({ ...common, entryPoints: [workerEntry] }), workerEntry);
const app = await build({
  ...common,
  entryPoints: ["src/main.ts", "src/page.css"],
  define: { WORKER_FILE: JSON.stringify(worker) },
  external: ["../fonts/*"],
});
const script = built(app, "src/main.ts");
const styles = built(app, "src/page.css");

const page = await readFile("src/map.html", "utf8");
await writeFile("dist/index.html", page.replace("main.js", script).replace("page.css", styles));
await cp("src/icon.svg", "dist/icon.svg");
await cp("node_modules/maplibre-gl/LICENSE.txt", "dist/maplibre-gl-LICENSE.txt");

let total = 0;
for (const file of [worker, script, styles]) {
  const size = gzipSync(await readFile(`dist/${file}`)).length / 1024;
  total += size;
  console.log(`${file}  ${size.toFixed(0)} kB gzipped`);
}
console.log(`together ${total.toFixed(0)} kB of ${BUDGET_KB} kB`);
if (total > BUDGET_KB) {
  throw new Error(`the page is larger than ${BUDGET_KB} kB gzipped`);
}
