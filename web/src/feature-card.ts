// The card of one feature: its heading and its values, as people read them.

import type { Feature, Field, Layer } from "./city";
import { element } from "./dom";
import type { Language, Texts } from "./texts";

/** How people write the units whose code looks otherwise. */
const symbols: Record<string, string> = { m2: "m²", mm2: "mm²", deg: "°", CZK: "Kč" };

function symbol(unit: string): string {
  return symbols[unit] ?? unit;
}

/** Writes values in the habit of a language. */
export class ValueWriter {
  private readonly locale: string;

  constructor(
    language: Language,
    private readonly texts: Texts,
  ) {
    this.locale = language === "cs" ? "cs-CZ" : "en-GB";
  }

  /** Returns the value as people read it; nothing if there is no value. */
  write(field: Field, value: unknown): string | undefined {
    if (value === null || value === undefined || value === "") {
      return undefined;
    }
    const code = field.codes?.find((each) => each.value === value);
    if (code) {
      return code.title;
    }
    const text = this.plain(field, value);
    return field.unit ? `${text} ${symbol(field.unit)}` : text;
  }

  private plain(field: Field, value: unknown): string {
    if (typeof value === "boolean") {
      return value ? this.texts.yes : this.texts.no;
    }
    if (typeof value === "number") {
      // A number without a unit may be a code of something: it is not grouped by thousands.
      return value.toLocaleString(this.locale, {
        maximumFractionDigits: 3,
        useGrouping: Boolean(field.unit),
      });
    }
    if (field.type === "date" || field.type === "timestamp") {
      const time = new Date(String(value));
      return field.type === "date"
        ? time.toLocaleDateString(this.locale, { timeZone: "UTC" })
        : time.toLocaleString(this.locale, { dateStyle: "medium", timeStyle: "short" });
    }
    return String(value);
  }
}

/** Writes how a feature is called, by the pattern of its layer. */
export function writeLabel(properties: Record<string, unknown>, layer: Layer, writer: ValueWriter): string {
  let missing = false;
  const write = (name: string): string => {
    const field = layer.fields.find((each) => each.name === name);
    const text = field && writer.write({ ...field, unit: null }, properties[name]);
    missing ||= text === undefined;
    return text ?? "";
  };
  const optional = (part: string): string => {
    missing = false;
    const filled = part.replace(/\{(\w+)\}/g, (_, name: string) => write(name));
    return missing ? "" : filled;
  };
  const parts = /\[([^\]]*)\]|\{(\w+)\}/g;
  const filled = layer.label.replace(parts, (_, part: string | undefined, name: string) =>
    part === undefined ? write(name) : optional(part),
  );
  return filled.trim();
}

/** Makes the list of a feature's values; nested lists become tables. */
export function writeValues(feature: Feature, layer: Layer, writer: ValueWriter): HTMLElement | undefined {
  const values = element("dl", { class: "values" });
  const tables: HTMLElement[] = [];
  for (const field of layer.fields) {
    const value = feature.properties?.[field.name];
    if (Array.isArray(value)) {
      tables.push(...listTable(field, value, writer));
      continue;
    }
    const text = writer.write(field, value);
    if (text !== undefined) {
      values.append(element("dt", {}, field.title), element("dd", {}, linked(text)));
    }
  }
  if (values.childElementCount === 0 && tables.length === 0) {
    return undefined;
  }
  return element("div", {}, values, ...tables);
}

function linked(text: string): Node | string {
  if (!/^https?:\/\/\S+$/.test(text)) {
    return text;
  }
  return element("a", { href: text, rel: "noopener noreferrer", target: "_blank" }, text);
}

function listTable(field: Field, rows: unknown[], writer: ValueWriter): HTMLElement[] {
  const records = rows.filter(
    (row): row is Record<string, unknown> => typeof row === "object" && row !== null,
  );
  const columns = (field.items ?? []).filter((item) =>
    records.some((row) => writer.write(item, row[item.name]) !== undefined),
  );
  if (columns.length === 0) {
    return [];
  }
  const cell = (row: Record<string, unknown>, item: Field) =>
    element("td", {}, writer.write({ ...item, unit: null }, row[item.name]) ?? "");
  const heading = (item: Field) =>
    element("th", { scope: "col" }, item.unit ? `${item.title} (${symbol(item.unit)})` : item.title);
  const table = element(
    "table",
    {},
    element("caption", {}, `${field.title} (${records.length})`),
    element("thead", {}, element("tr", {}, ...columns.map(heading))),
    element(
      "tbody",
      {},
      ...records.map((row) => element("tr", {}, ...columns.map((item) => cell(row, item)))),
    ),
  );
  return [element("div", { class: "list", tabindex: 0, role: "group", "aria-label": field.title }, table)];
}
