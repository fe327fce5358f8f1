// Makes elements of the page without a framework.

type Attributes = Record<string, string | number | boolean | undefined>;
type Child = Node | string | undefined;

/** Makes an element; an attribute that is false or undefined is left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  fill(made, attributes, children);
  return made;
}

/** Makes an SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(made, attributes, children);
  return made;
}

function fill(made: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      made.setAttribute(name, value === true ? "" : String(value));
    }
  }
  made.append(...children.filter((child) => child !== undefined));
}

/** Makes a button that has a text or an icon with a name for screen readers. */
export function button(label: string, action: () => void, options: { icon?: Icon; class?: string } = {}) {
  const attributes: Attributes = { type: "button", class: options.class };
  if (options.icon) {
    attributes["aria-label"] = label;
    attributes.title = label;
  }
  const made = element("button", attributes, options.icon ? icon(options.icon) : label);
  made.addEventListener("click", action);
  return made;
}

const ICONS = {
  close: "M4.5 4.5l9 9M13.5 4.5l-9 9",
  search: "M8 3.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9M11.5 11.5l3.5 3.5",
  layers: "M9 3l6.5 3.5L9 10L2.5 6.5zM2.8 9.8L9 13.2l6.2-3.4M2.8 12.6L9 16l6.2-3.4",
  chevron: "M6.5 4.5L11 9l-4.5 4.5",
  here: "M9 1.8v3.4M9 12.8v3.4M1.8 9h3.4M12.8 9h3.4M9 6.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 0 1 0-5.6",
  package: "M2.8 5.6L9 2.4l6.2 3.2v6.8L9 15.6l-6.2-3.2zM2.8 5.6L9 8.8l6.2-3.2M9 8.8v6.8",
  back: "M8 4L3.5 8.8L8 13.6M4 8.8h10.5",
} as const;

/** The name of a pictogram of the page itself. */
export type Icon = keyof typeof ICONS;

/** Draws a pictogram of the page itself. */
export function icon(name: Icon): SVGElement {
  const path = svg("path", { d: ICONS[name], fill: "none", stroke: "currentColor", "stroke-width": 1.7 });
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  return svg("svg", { viewBox: "0 0 18 18", class: "pictogram", "aria-hidden": "true" }, path);
}
