// Builds the web pages into dist/: the map, which the server shows at /map, the field page at /field, and their assets, shown
// under /assets; their names carry a hash of their content.
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** How much script and style a page may load. */
const BUDGET_KB = 600;
const FONTS = "../styles/fonts";
const ICONS = ["icon.svg", "icon-192.png", "icon-512.png"];

const common = {
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  outdir: "dist",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
};

/** Returns the file that an entry point was built into, and the files that it loads with it. */
function built({ metafile }, entry) {
  const outputs = Object.entries(metafile.outputs);
  const [file, output] = outputs.find(([, { entryPoint }]) => entryPoint === entry);
  const shared = output.imports.filter(({ kind }) => kind === "import-statement");
  return [file, ...shared.map(({ path }) => path)].map((file) => path.basename(file));
}

async function assertWithinBudget(page, files) {
  let total = 0;
  for (const file of files) {
    const size = gzipSync(await readFile(`dist/${file}`)).length / 1024;
    total += size;
    console.log(`${page}: ${file}  ${size.toFixed(0)} kB gzipped`);
  }
  console.log(`${page}: together ${total.toFixed(0)} kB of ${BUDGET_KB} kB`);
  if (total > BUDGET_KB) {
    throw new Error(`${page} is larger than ${BUDGET_KB} kB gzipped`);
  }
}

/** Writes a page that loads a script; returns what the page loads. */
async function writePage(name, template, script, always) {
  const [main, ...shared] = built(app, script);
  const preloads = shared.map((file) => `    <link rel="modulepreload" href="assets/${file}">\n`);
  const text = (await readFile(template, "utf8"))
    .replace(path.basename(script).replace(".ts", ".js"), main)
    .replace("page.css", styles)
    .replace("  </head>", `${preloads.join("")}  </head>`);
  await writeFile(`dist/${name}`, text);
  const loaded = [main, ...shared, ...always];
  await assertWithinBudget(name, loaded);
  return loaded;
}

/** Writes the licences of all packages that were built in. */
async function writeLicences({ metafile }) {
  const inputs = Object.keys(metafile.inputs).map((file) => file.match(/^node_modules\/((@[^/]+\/)?[^/]+)/));
  const names = [...new Set(inputs.flatMap((found) => found?.[1] ?? []))].sort();
  const texts = names.map(async (name) => {
    const files = await readdir(`node_modules/${name}`);
    const licences = files.filter((file) => /^licen[cs]e/i.test(file));
    const contents = licences.map((file) => readFile(`node_modules/${name}/${file}`, "utf8"));
    const { version, license } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
    return `${name} ${version}, ${license}\n\n${(await Promise.all(contents)).join("\n")}`;
  });
  await writeFile("dist/licences.txt", (await Promise.all(texts)).join("\n\n----\n\n"));
}

/** Returns a hash of the content of all files. */
async function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Writes the worker that keeps the field page, with the list of what to keep. */
async function writeServiceWorker(loaded) {
  const assets = [...loaded, ...ICONS];
  const fonts = (await readdir(FONTS)).filter((file) => file.endsWith("normal.woff2"));
  const content = ["dist/field.html", "dist/field.webmanifest", "src/service-worker/sw.ts"]
    .concat(assets.map((file) => `dist/${file}`))
    .concat(fonts.map((file) => `${FONTS}/${file}`));
  const addresses = ["field", "field/manifest.webmanifest"]
    .concat(assets.map((file) => `assets/${file}`))
    .concat(fonts.map((file) => `fonts/${file}`));
  const define = { FILES: JSON.stringify(addresses), BUILD: JSON.stringify(await hashOf(content)) };
  await build({ ...common, entryPoints: ["src/service-worker/sw.ts"], entryNames: "sw", define });
}

await rm("dist", { recursive: true, force: true });
await mkdir("dist");

const workerEntry = "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs";
const [worker] = built(await build({ ...common, entryPoints: [workerEntry] }), workerEntry);
const app = await build({
  ...common,
  entryPoints: ["src/main.ts", "src/field.ts", "src/page.css"],
  splitting: true,
  define: { WORKER_FILE: JSON.stringify(worker) },
  external: ["../fonts/*"],
});
const [styles] = built(app, "src/page.css");

for (const icon of ICONS) {
  await cp(`src/${icon}`, `dist/${icon}`);
}
await cp("src/field.webmanifest", "dist/field.webmanifest");
await writeLicences(app);
await writePage("index.html", "src/map.html", "src/main.ts", [worker, styles]);
await writeServiceWorker(await writePage("field.html", "src/field.html", "src/field.ts", [worker, styles]));
