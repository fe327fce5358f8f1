// The search box: an ARIA combobox with a list of hits under the headings of their layers.

import type { Hit } from "./city";
import { button, element, icon } from "./dom";
import { fillIn, type Texts } from "./texts";

const PAUSE_MS = 160;

export class SearchBox {
  readonly root: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly status: HTMLElement;
  private readonly clear: HTMLButtonElement;
  private hits: Hit[] = [];
  private options: HTMLElement[] = [];
  private active = -1;
  private pause = 0;
  private asking = new AbortController();

  constructor(
    private readonly texts: Texts,
    private readonly search: (text: string, signal: AbortSignal) => Promise<Hit[]>,
    private readonly onChoose: (hit: Hit) => void,
  ) {
    this.input = element("input", {
      id: "search",
      type: "text",
      role: "combobox",
      placeholder: texts.searchHint,
      "aria-label": texts.search,
      "aria-autocomplete": "list",
      "aria-controls": "hits",
      "aria-expanded": "false",
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "search",
    });
    this.list = element("div", { id: "hits", role: "listbox", class: "hits", "aria-label": texts.search });
    this.list.hidden = true;
    this.status = element("p", { class: "search-status", role: "status" });
    this.clear = button(texts.clearSearch, () => this.reset(), { icon: "close", class: "clear" });
    this.clear.hidden = true;
    this.root = element(
      "div",
      { class: "search", role: "search" },
      element("div", { class: "search-field" }, icon("search"), this.input, this.clear),
      this.list,
      this.status,
    );
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("click", () => this.open(this.hits.length > 0));
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget as Node | null)) {
        this.open(false);
      }
    });
  }

  private typed(): void {
    this.clear.hidden = this.input.value === "";
    clearTimeout(this.pause);
    this.asking.abort();
    const text = this.input.value.trim();
    if (text.length < 1) {
      this.show([]);
      this.status.textContent = "";
      return;
    }
    this.pause = window.setTimeout(() => this.ask(text), PAUSE_MS);
  }

  private async ask(text: string): Promise<Hit[]> {
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const hits = await this.search(text, signal);
      this.show(hits);
      const { searchCount, searchNone } = this.texts;
      this.status.textContent = hits.length > 0 ? fillIn(searchCount, hits.length) : searchNone;
      this.status.classList.toggle("told", hits.length === 0);
      return hits;
    } catch {
      if (!signal.aborted) {
        this.show([]);
        this.status.textContent = this.texts.searchFailed;
        this.status.classList.add("told");
      }
      return [];
    }
  }

  /** Lists hits under the headings of their layers; hits of one layer stay together, the best layer first. */
  private show(hits: Hit[]): void {
    const layers = [...new Set(hits.map((hit) => hit.layer))];
    this.hits = layers.flatMap((layer) => hits.filter((hit) => hit.layer === layer));
    this.options = this.hits.map((hit, index) => this.option(hit, index));
    const groups = layers.map((layer) => {
      const title = this.hits.find((hit) => hit.layer === layer)?.layer_title ?? layer;
      const options = this.options.filter((_, index) => this.hits[index]?.layer === layer);
      const heading = element("div", { class: "hits-heading", role: "presentation" }, title);
      return element("div", { role: "group", "aria-label": title }, heading, ...options);
    });
    this.list.replaceChildren(...groups);
    this.activate(-1);
    this.open(hits.length > 0);
  }

  private option(hit: Hit, index: number): HTMLElement {
    const option = element(
      "div",
      { role: "option", id: `hit-${index}`, "aria-selected": "false" },
      hit.title,
    );
    option.addEventListener("mousedown", (event) => event.preventDefault());
    option.addEventListener("click", () => this.choose(index));
    return option;
  }

  private key(event: KeyboardEvent): void {
    const last = this.hits.length - 1;
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.activate(this.active >= last ? 0 : this.active + 1),
      ArrowUp: () => this.activate(this.active <= 0 ? last : this.active - 1),
      Enter: () => void this.enter(),
      Escape: () => (this.list.hidden ? this.reset() : this.open(false)),
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      if (event.key.startsWith("Arrow")) {
        this.open(this.hits.length > 0);
      }
      move();
    }
  }

  /** Chooses the active hit, or the first one; asks at once when the answer has not come yet. */
  private async enter(): Promise<void> {
    if (this.list.hidden) {
      clearTimeout(this.pause);
      await this.ask(this.input.value.trim());
    }
    this.choose(Math.max(this.active, 0));
  }

  private choose(index: number): void {
    const hit = this.hits[index];
    if (hit) {
      this.input.value = hit.title;
      this.clear.hidden = false;
      this.open(false);
      this.onChoose(hit);
    }
  }

  private activate(index: number): void {
    this.options[this.active]?.setAttribute("aria-selected", "false");
    this.active = index;
    const option = this.options[index];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  private open(open: boolean): void {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
  }

  private reset(): void {
    this.input.value = "";
    this.typed();
    this.input.focus();
  }
}
