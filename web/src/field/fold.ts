// Folds text for comparison exactly as the server does (tile-server/src/search/fold.rs).

/** Abbreviations that people write or leave out: house number, cadastral area, parcel number. */
const NOISE = ["c p", "cp", "k u", "ku", "p c", "parc c"].map((words) => words.split(" "));

/** Folds a text: lower case, no diacritics, words with single spaces, no abbreviations that say nothing. */
export function fold(text: string): string {
  const words = wordsOf(text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, ""));
  const telling = withoutNoise(words);
  return (telling.length > 0 ? telling : words).join(" ");
}

/** Cuts at everything but letters and digits; a slash between digits stays, because `123/4` is one number. */
function wordsOf(text: string): string[] {
  return text
    .split(/[^\p{Alphabetic}\p{N}/]+/u)
    .flatMap((word) => (/^[0-9/]*$/.test(word) ? [word.replace(/^\/+|\/+$/g, "")] : word.split("/")))
    .filter((word) => word !== "");
}

function withoutNoise(words: string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; ) {
    const noise = NOISE.find((each) => each.every((word, place) => words[at + place] === word));
    const word = words[at] ?? "";
    // „č. 7“ is the number 7.
    const isMark = word === "c" && /^[0-9]/.test(words[at + 1] ?? "");
    if (!noise && !isMark) {
      kept.push(word);
    }
    at += noise?.length ?? 1;
  }
  return kept;
}
