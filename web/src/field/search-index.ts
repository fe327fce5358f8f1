// Finds features of a package by typing, in the order in which the server would (tile-server/src/search).

import type { Box, Hit } from "../city";
import type { Language } from "../texts";
import { fold } from "./fold";

/** How well a key matches, the best first. */
const [EXACT, FIRST_WORDS, WORDS, PREFIX, WORD_PREFIXES] = [0, 1, 2, 3, 4];

/** The content of `search.json`: entries that come first among equally good hits stand first. */
export interface SearchList {
  layers: { id: string; title: Record<Language, string> }[];
  /** Folded names; their words may narrow a search. */
  municipality_names: string[];
  entries: SearchEntry[];
}

export interface SearchEntry {
  /** The place of its layer in the list of layers. */
  layer: number;
  id: string;
  fid: number;
  title: Record<Language, string>;
  /** Folded: the label that is shown, then other ways of writing. */
  keys: string[];
  /** The place of its municipality among the names. */
  municipality: number | null;
  bbox: Box;
}

interface Candidate {
  entry: SearchEntry;
  quality: number;
  /** Which of the entry's keys matched. */
  key: number;
}

export class SearchIndex {
  private readonly byFeature: Map<string, SearchEntry>;

  constructor(private readonly list: SearchList) {
    this.byFeature = new Map(
      list.entries.map((entry) => [`${list.layers[entry.layer]?.id}/${entry.fid}`, entry]),
    );
  }

  /** Returns the entry of a feature, if the feature can be found by typing. */
  entryOf(layer: string, fid: string | number): SearchEntry | undefined {
    return this.byFeature.get(`${layer}/${fid}`);
  }

  /** Returns the best hits, the best first; case and diacritics do not count, words may come in any order. */
  find(text: string, limit: number, language: Language): Hit[] {
    const query = fold(text);
    if (query === "") {
      return [];
    }
    const words = this.findingWords(query.split(" "));
    const found = this.list.entries.flatMap((entry) => this.candidate(entry, query, words) ?? []);
    // Sorting keeps the order of what is equal, which is that of the list.
    found.sort((a, b) => a.quality - b.quality || a.entry.layer - b.entry.layer || a.key - b.key);
    return found.slice(0, limit).map(({ entry }) => this.hit(entry, language));
  }

  /** Returns the words of which one must be the feature's own; those that name a municipality only narrow the others. */
  private findingWords(words: string[]): string[] {
    const names = this.list.municipality_names.flatMap((name) => name.split(" "));
    const telling = words.filter((word) => !names.some((name) => name.startsWith(word)));
    return telling.length > 0 ? telling : words;
  }

  private candidate(entry: SearchEntry, query: string, finding: string[]): Candidate | undefined {
    const municipality = this.list.municipality_names[entry.municipality ?? -1];
    let best: Candidate | undefined;
    entry.keys.forEach((own, key) => {
      const whole = municipality === undefined ? own : `${own} ${municipality}`;
      const quality = matches(whole, own.length, query);
      if (quality !== undefined && quality < (best?.quality ?? Number.POSITIVE_INFINITY)) {
        const words = own.split(" ");
        if (finding.some((typed) => words.some((word) => word.startsWith(typed)))) {
          best = { entry, quality, key };
        }
      }
    });
    return best;
  }

  private hit(entry: SearchEntry, language: Language): Hit {
    const layer = this.list.layers[entry.layer];
    return {
      layer: layer?.id ?? "",
      layer_title: layer?.title[language] ?? "",
      id: entry.id,
      fid: entry.fid,
      title: entry.title[language],
      bbox: entry.bbox,
    };
  }
}

/**
 * Returns how well a key matches a query, both folded; nothing when a word of the query is missing.
 *
 * After its first `own` characters and a space, the key has words that only narrow.
 */
export function matches(key: string, own: number, query: string): number | undefined {
  const begins = key.startsWith(query);
  if (begins && query.length === own) {
    return EXACT;
  }
  if (begins && key[query.length] === " ") {
    return FIRST_WORDS;
  }
  const words = key.split(" ");
  let whole = true;
  for (const typed of query.split(" ")) {
    if (!words.some((word) => word.startsWith(typed))) {
      return undefined;
    }
    whole &&= words.includes(typed);
  }
  if (whole) {
    return WORDS;
  }
  return begins ? PREFIX : WORD_PREFIXES;
}
