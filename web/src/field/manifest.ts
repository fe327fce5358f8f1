// The manifest of a package: what it says of itself, and the checksums of everything in it.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Box } from "../city";
import type { Language } from "../texts";
import type { Archive } from "./archive";
import { damaged, PackageProblem } from "./problem";

const PATH = "manifest.json";
const FORMAT = "obzor-package";
/** The newest version of the format that this page reads. */
const VERSION = 1;

export interface Manifest {
  format: string;
  version: number;
  title: Record<Language, string>;
  municipality: { code: number; name: string };
  revision: number;
  /** When it was built (RFC 3339). */
  built_at: string;
  sample: boolean;
  attribution: string[];
  bbox: Box;
  start: { center: [number, number]; zoom: number };
  files: { path: string; bytes: number; sha256: string }[];
}

/** Reads the manifest and compares the lengths of all entries, which is quick. */
export async function readManifest(archive: Archive): Promise<Manifest> {
  if (archive.bytesOf(PATH) === undefined) {
    throw new PackageProblem("not-a-package");
  }
  const manifest = await archive.json<Manifest>(PATH);
  if (manifest.format !== FORMAT) {
    throw new PackageProblem("not-a-package");
  }
  if (manifest.version > VERSION) {
    throw new PackageProblem("newer");
  }
  const wrong = manifest.files.find(({ path, bytes }) => archive.bytesOf(path) !== bytes);
  if (wrong) {
    throw damaged(wrong.path);
  }
  return manifest;
}

/** Reads every byte and compares the checksums; tells which part of the work, 0 to 1, is done. */
export async function verify(
  archive: Archive,
  { files }: Manifest,
  onProgress: (done: number) => void,
): Promise<void> {
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const { path, sha256: expected } of files) {
    const hash = sha256.create();
    const reader = (await archive.entry(path)).stream().getReader();
    for (let block = await reader.read(); !block.done; block = await reader.read()) {
      hash.update(block.value);
      done += block.value.byteLength;
      onProgress(done / all);
    }
    if (bytesToHex(hash.digest()) !== expected) {
      throw damaged(path);
    }
  }
}
