// Keeps one package in the origin's private files, so that the next visit opens it without picking it.

const NAME = "package.zip";

/** How a package is kept: safely, as long as the browser finds room for it, or not at all, and why. */
export type Keeping = "safely" | "while-there-is-room" | "not" | "no-room";

/** Returns the package that was kept, if there is one. */
export async function keptPackage(): Promise<File | undefined> {
  try {
    const handle = await (await folder()).getFileHandle(NAME);
    const file = await handle.getFile();
    // A first copy that failed leaves an empty file.
    return file.size > 0 ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps a copy of a package in place of the one before, which stays until the copy is whole.
 *
 * A browser that has no private files, or no room in them, keeps nothing.
 */
export async function keep(file: Blob, onProgress: (done: number) => void): Promise<Keeping> {
  try {
    const handle = await (await folder()).getFileHandle(NAME, { create: true });
    // Nothing changes until the stream is closed at its end; a failure closes it without a change.
    await file
      .stream()
      .pipeThrough(counter(file.size, onProgress))
      .pipeTo(await handle.createWritable());
  } catch (error) {
    const isFull = error instanceof DOMException && error.name === "QuotaExceededError";
    return isFull ? "no-room" : "not";
  }
  return askToKeep();
}

/** Removes the kept package from the device. */
export async function forget(): Promise<void> {
  await (await folder()).removeEntry(NAME);
}

/** Asks the browser not to remove the package when room gets scarce. */
export async function askToKeep(): Promise<Keeping> {
  return (await navigator.storage.persist()) ? "safely" : "while-there-is-room";
}

/** Returns how many bytes the browser still gives to this page. */
export async function room(): Promise<number> {
  const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  return Math.max(quota - usage, 0);
}

function folder(): Promise<FileSystemDirectoryHandle> {
  return navigator.storage.getDirectory();
}

function counter(all: number, onProgress: (done: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let copied = 0;
  return new TransformStream({
    transform(block, stream) {
      copied += block.byteLength;
      onProgress(copied / all);
      stream.enqueue(block);
    },
  });
}
