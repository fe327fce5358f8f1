// A package that was opened: from a file that somebody picked, or the one that the device keeps.

import { Archive } from "./archive";
import { askToKeep, type Keeping, keep, keptPackage } from "./kept-package";
import { type Manifest, readManifest, verify } from "./manifest";

export interface OpenedPackage {
  archive: Archive;
  manifest: Manifest;
  bytes: number;
  keeping: Keeping;
}

/** Which part of which step is done. */
export type OnProgress = (step: "checking" | "copying", done: number) => void;

/** Checks every byte of a picked file and keeps a copy; the package opens from the copy, if there is one. */
export async function openPicked(file: Blob, onProgress: OnProgress): Promise<OpenedPackage> {
  const archive = await Archive.open(file);
  const manifest = await readManifest(archive);
  await verify(archive, manifest, (done) => onProgress("checking", done));
  const keeping = await keep(file, (done) => onProgress("copying", done));
  const copy = keeping === "not" || keeping === "no-room" ? undefined : await keptPackage();
  return { archive: copy ? await Archive.open(copy) : archive, manifest, bytes: file.size, keeping };
}

/** Opens the package that the device keeps; its bytes were checked when it came. */
export async function openKept(): Promise<OpenedPackage | undefined> {
  const file = await keptPackage();
  if (!file) {
    return undefined;
  }
  const archive = await Archive.open(file);
  const manifest = await readManifest(archive);
  return { archive, manifest, bytes: file.size, keeping: await askToKeep() };
}
