// Reads a zip whose entries are stored as they are: each is a slice of the file, and nothing is unpacked.
//
// After PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3 (zip64).

import { damaged, PackageProblem } from "./problem";

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
/** A number of 32 bits that says: look for one of 64 bits. */
const ELSEWHERE = 0xffffffff;
const STORED = 0;

interface Entry {
  /** Where the header before the entry's bytes begins. */
  header: number;
  bytes: number;
}

interface Directory {
  offset: number;
  bytes: number;
}

export class Archive {
  private constructor(
    private readonly file: Blob,
    private readonly entries: Map<string, Entry>,
  ) {}

  /** Reads the list of entries; throws a problem when the file is not a whole zip of stored entries. */
  static async open(file: Blob): Promise<Archive> {
    const { offset, bytes } = await findDirectory(file);
    return new Archive(file, readDirectory(await view(file, offset, bytes)));
  }

  /** Returns how long an entry is, if there is one. */
  bytesOf(path: string): number | undefined {
    return this.entries.get(path)?.bytes;
  }

  /** Returns an entry without reading it. */
  async entry(path: string): Promise<Blob> {
    const entry = this.entries.get(path);
    if (!entry) {
      throw damaged(path);
    }
    const header = await view(this.file, entry.header, 30);
    if (header.getUint32(0, true) !== LOCAL_HEADER) {
      throw damaged(path);
    }
    const start = entry.header + 30 + header.getUint16(26, true) + header.getUint16(28, true);
    return this.file.slice(start, start + entry.bytes);
  }

  async json<T>(path: string): Promise<T> {
    const text = await (await this.entry(path)).text();
    try {
      return JSON.parse(text);
    } catch {
      throw damaged(path);
    }
  }
}

async function view(file: Blob, start: number, bytes: number): Promise<DataView> {
  const buffer = await file.slice(start, start + bytes).arrayBuffer();
  if (start < 0 || buffer.byteLength !== bytes) {
    throw damaged("");
  }
  return new DataView(buffer);
}

async function findDirectory(file: Blob): Promise<Directory> {
  const length = Math.min(file.size, END_BYTES + LONGEST_COMMENT);
  const tail = await view(file, file.size - length, length);
  for (let at = length - END_BYTES; at >= 0; at--) {
    const comment = length - END_BYTES - at;
    if (tail.getUint32(at, true) === END && tail.getUint16(at + 20, true) === comment) {
      const [bytes, offset] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
      return offset === ELSEWHERE || bytes === ELSEWHERE
        ? findDirectory64(file, file.size - length + at)
        : { offset, bytes };
    }
  }
  // A zip that lost its end is damaged; anything else is not ours.
  const isZip = file.size > 4 && (await view(file, 0, 4)).getUint32(0, true) === LOCAL_HEADER;
  throw isZip ? damaged("") : new PackageProblem("not-a-package");
}

async function findDirectory64(file: Blob, end: number): Promise<Directory> {
  const locator = await view(file, end - 20, 20);
  if (locator.getUint32(0, true) !== LOCATOR_64) {
    throw damaged("");
  }
  const end64 = await view(file, long(locator, 8), 56);
  if (end64.getUint32(0, true) !== END_64) {
    throw damaged("");
  }
  return { bytes: long(end64, 40), offset: long(end64, 48) };
}

function readDirectory(directory: DataView): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  let at = 0;
  while (at < directory.byteLength) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== CENTRAL_HEADER) {
      throw damaged("");
    }
    const nameBytes = directory.getUint16(at + 28, true);
    const extraBytes = directory.getUint16(at + 30, true);
    const end = at + 46 + nameBytes + extraBytes + directory.getUint16(at + 32, true);
    if (end > directory.byteLength) {
      throw damaged("");
    }
    const name = new TextDecoder().decode(part(directory, at + 46, nameBytes));
    if (directory.getUint16(at + 10, true) !== STORED) {
      throw new PackageProblem("not-a-package");
    }
    entries.set(name, readEntry(directory, at, part(directory, at + 46 + nameBytes, extraBytes)));
    at = end;
  }
  return entries;
}

/** Reads length and place of an entry; what does not fit 32 bits stands in the zip64 field, in this order. */
function readEntry(directory: DataView, at: number, extra: DataView): Entry {
  const large = zip64Numbers(extra);
  const number = (place: number) => {
    const short = directory.getUint32(at + place, true);
    return short === ELSEWHERE ? (large.shift() ?? short) : short;
  };
  const bytes = number(24);
  number(20); // The compressed length: the same, as nothing is compressed.
  return { bytes, header: number(42) };
}

function zip64Numbers(extra: DataView): number[] {
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    const bytes = extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) === 1 && at + 4 + bytes <= extra.byteLength) {
      return Array.from({ length: Math.floor(bytes / 8) }, (_, n) => long(extra, at + 4 + 8 * n));
    }
  }
  return [];
}

function part(of: DataView, start: number, bytes: number): DataView {
  return new DataView(of.buffer, of.byteOffset + start, bytes);
}

function long(from: DataView, at: number): number {
  return Number(from.getBigUint64(at, true));
}
