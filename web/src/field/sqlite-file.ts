// Reads single rows of an SQLite file, page by page, without loading it (https://www.sqlite.org/fileformat2.html).
//
// Only what a finished GeoPackage needs: tables with row numbers, texts in UTF-8, no journal.

const FIRST_PAGE_HEADER = 100;
const INTERIOR = 5;
const LEAF = 13;
/** Where the number of the table's first page stands among the columns of `sqlite_schema`, and other columns. */
const [TYPE, NAME, ROOT, SQL] = [0, 1, 3, 4];

export type SqlValue = string | number | Uint8Array | null;
export type Row = Map<string, SqlValue>;

interface Table {
  root: number;
  columns: string[];
}

export class SqliteFile {
  private readonly tables = new Map<string, Table>();

  private constructor(
    private readonly file: Blob,
    private readonly pageBytes: number,
    /** The bytes of a page without those reserved at its end. */
    private readonly usable: number,
  ) {}

  static async open(file: Blob): Promise<SqliteFile> {
    const head = new DataView(await file.slice(0, FIRST_PAGE_HEADER).arrayBuffer());
    const magic = new TextDecoder().decode(head.buffer.slice(0, 15));
    if (magic !== "SQLite format 3" || head.getUint32(56) !== 1) {
      throw new Error("this is no SQLite file with texts in UTF-8");
    }
    const pageBytes = head.getUint16(16) === 1 ? 65536 : head.getUint16(16);
    const opened = new SqliteFile(file, pageBytes, pageBytes - head.getUint8(20));
    await opened.readSchema(1);
    return opened;
  }

  /** Returns the row with this number; nothing when there is no such row or table. */
  async row(table: string, number: number): Promise<Row | undefined> {
    const found = this.tables.get(table);
    const values = found && (await this.find(found.root, number));
    // The column that is the row's number is stored as null.
    return (
      values && new Map(found.columns.map((name, at) => [name, at === 0 ? number : (values[at] ?? null)]))
    );
  }

  private async readSchema(page: number): Promise<void> {
    const node = await this.node(page);
    for (let cell = 0; cell < node.cells; cell++) {
      if (node.kind === INTERIOR) {
        await this.readSchema(node.child(cell));
        continue;
      }
      const row = decode(await this.payload(node.cell(cell)));
      if (row[TYPE] === "table") {
        this.tables.set(String(row[NAME]), { root: Number(row[ROOT]), columns: columnsOf(String(row[SQL])) });
      }
    }
    if (node.kind === INTERIOR) {
      await this.readSchema(node.child(node.cells));
    }
  }

  private async find(root: number, number: number): Promise<SqlValue[] | undefined> {
    let node = await this.node(root);
    while (node.kind === INTERIOR) {
      let cell = 0;
      while (cell < node.cells && node.lastBelow(cell) < number) {
        cell++;
      }
      node = await this.node(node.child(cell));
    }
    for (let cell = 0; cell < node.cells; cell++) {
      const found = node.cell(cell);
      if (found.number === number) {
        return decode(await this.payload(found));
      }
    }
    return undefined;
  }

  private async node(page: number): Promise<Node> {
    return new Node(await this.page(page), page === 1 ? FIRST_PAGE_HEADER : 0);
  }

  private async page(page: number): Promise<DataView> {
    const start = (page - 1) * this.pageBytes;
    return new DataView(await this.file.slice(start, start + this.pageBytes).arrayBuffer());
  }

  /** Puts a row together: what does not fit its page lies on a chain of further ones. */
  private async payload({ view, at, bytes }: Cell): Promise<Uint8Array> {
    const most = this.usable - 35;
    const least = Math.floor(((this.usable - 12) * 32) / 255) - 23;
    const rest = least + ((bytes - least) % (this.usable - 4));
    const here = bytes <= most ? bytes : rest <= most ? rest : least;
    const payload = new Uint8Array(bytes);
    payload.set(new Uint8Array(view.buffer, at, here));
    let filled = here;
    let next = here < bytes ? view.getUint32(at + here) : 0;
    while (filled < bytes && next > 0) {
      const page = await this.page(next);
      const taken = Math.min(bytes - filled, this.usable - 4);
      payload.set(new Uint8Array(page.buffer, 4, taken), filled);
      filled += taken;
      next = page.getUint32(0);
    }
    return payload;
  }
}

/** A row on its page: its number, and where its bytes begin. */
interface Cell {
  view: DataView;
  at: number;
  bytes: number;
  number: number;
}

/** A page of a table's tree. */
class Node {
  readonly kind: number;
  readonly cells: number;

  constructor(
    private readonly view: DataView,
    private readonly start: number,
  ) {
    this.kind = view.getUint8(start);
    this.cells = view.getUint16(start + 3);
    if (this.kind !== INTERIOR && this.kind !== LEAF) {
      throw new Error("this is no page of a table");
    }
  }

  /** Returns the page below; the last one stands in the header. */
  child(cell: number): number {
    return this.view.getUint32(cell === this.cells ? this.start + 8 : this.place(cell));
  }

  /** Returns the largest row number in the page below. */
  lastBelow(cell: number): number {
    return new Reader(this.view, this.place(cell) + 4).varint();
  }

  cell(cell: number): Cell {
    const reader = new Reader(this.view, this.place(cell));
    const [bytes, number] = [reader.varint(), reader.varint()];
    return { view: this.view, at: reader.at, bytes, number };
  }

  private place(cell: number): number {
    return this.view.getUint16(this.start + (this.kind === INTERIOR ? 12 : 8) + 2 * cell);
  }
}

class Reader {
  constructor(
    readonly view: DataView,
    public at: number,
  ) {}

  /** Reads an integer of one to nine bytes; what needs more than 53 bits does not occur here. */
  varint(): number {
    let value = 0;
    for (let count = 0; count < 8; count++) {
      const byte = this.view.getUint8(this.at++);
      value = value * 128 + (byte & 127);
      if (byte < 128) {
        return value;
      }
    }
    return value * 256 + this.view.getUint8(this.at++);
  }
}

/** Reads the values of a row: first the kinds of all, then all the values. */
function decode(payload: Uint8Array): SqlValue[] {
  const view = new DataView(payload.buffer);
  const kinds = new Reader(view, 0);
  const headerBytes = kinds.varint();
  const values: SqlValue[] = [];
  let at = headerBytes;
  while (kinds.at < headerBytes) {
    const kind = kinds.varint();
    const bytes = bytesOf(kind);
    values.push(readValue(kind, view, at, bytes));
    at += bytes;
  }
  return values;
}

function bytesOf(kind: number): number {
  return kind >= 12 ? (kind - 12) >> 1 : ([0, 1, 2, 3, 4, 6, 8, 8, 0, 0][kind] ?? 0);
}

function readValue(kind: number, view: DataView, at: number, bytes: number): SqlValue {
  if (kind >= 12) {
    const content = new Uint8Array(view.buffer, at, bytes);
    return kind % 2 === 0 ? content : new TextDecoder().decode(content);
  }
  switch (kind) {
    case 0:
      return null;
    case 7:
      return view.getFloat64(at);
    case 8:
    case 9:
      return kind - 8;
    default:
      return integer(view, at, bytes);
  }
}

function integer(view: DataView, at: number, bytes: number): number {
  let value = view.getInt8(at);
  for (let byte = 1; byte < bytes; byte++) {
    value = value * 256 + view.getUint8(at + byte);
  }
  return value;
}

/** Reads the names of columns from `CREATE TABLE … (…)`; constraints of the table stand last and have no value. */
function columnsOf(sql: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let isFresh = false;
  for (const [token] of sql.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[(),]|[^\s"'(),]+/g)) {
    if (isFresh && depth === 1) {
      names.push(token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token);
      isFresh = false;
    }
    depth += token === "(" ? 1 : token === ")" ? -1 : 0;
    isFresh ||= depth === 1 && (token === "," || (token === "(" && names.length === 0));
  }
  return names;
}
