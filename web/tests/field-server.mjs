// What answers while the field page is tested: the program itself, nothing at all, or a newer build of the page.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

export class FieldServer {
  #program;
  #newer;

  constructor(obzor, instance) {
    this.obzor = obzor;
    this.instance = instance;
  }

  /** Serves the instance; the first time on a free port, later on the same one. */
  async start() {
    this.port ??= await freePort();
    this.origin = `http://127.0.0.1:${this.port}`;
    const serve = ["serve", "--instance", this.instance, "--port", String(this.port)];
    this.#program = spawn(this.obzor, serve, { stdio: "ignore" });
    while (!(await fetch(`${this.origin}/readyz`).catch(() => undefined))?.ok) {
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Stops whatever answers. */
  async stop() {
    const program = this.#program;
    this.#program = undefined;
    if (program) {
      const ended = new Promise((done) => program.once("exit", done));
      program.kill("SIGTERM");
      await ended;
    }
    this.#newer?.closeAllConnections();
    await new Promise((done) => (this.#newer ? this.#newer.close(done) : done()));
    this.#newer = undefined;
  }

  /** Serves a newer build of the page, as `dist` and the fonts have it, with `mark` in the page and in the worker. */
  async startNewerBuild(dist, fonts, mark) {
    this.#newer = createServer(async (request, answer) => {
      const { pathname } = new URL(request.url, this.origin);
      const file = fileOf(pathname, dist, fonts);
      let content = await readFile(file).catch(() => undefined);
      if (file.endsWith("field.html")) {
        content = String(content).replace("<head>", `<head><meta name="build" content="${mark}">`);
      } else if (file.endsWith("sw.js")) {
        content = String(content).replace(/\b[0-9a-f]{16}\b/, mark);
      }
      answer.writeHead(content === undefined ? 404 : 200, {
        "content-type": TYPES[path.extname(file)] ?? "text/plain",
        "service-worker-allowed": "../field",
        "cache-control": "no-cache",
      });
      answer.end(content);
    });
    await new Promise((done) => this.#newer.listen(this.port, "127.0.0.1", done));
  }
}

function fileOf(pathname, dist, fonts) {
  const renamed = { "/field": "field.html", "/field/manifest.webmanifest": "field.webmanifest" };
  const folder = pathname.startsWith("/fonts/") ? fonts : dist;
  return path.join(folder, renamed[pathname] ?? path.basename(pathname));
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
