/**
 * The little that the page needs to build itself: elements whose content is always text, and lists that change in place.
 */

/** What an element contains. Strings become text, never markup. */
export type Child = Node | string;

/** Makes an element. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Finds an element of the page that must be there. */
export function find<Type extends Element = HTMLElement>(selector: string, within: ParentNode = document): Type {
  const found = within.querySelector<Type>(selector);
  if (found === null) throw new Error(`The page has no ${selector}`);
  return found;
}

/** Changes the text of an element where it is another one, so that nothing is read out or unselected without need. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Chooses a hue for a name, the same one everywhere: one of 18 that can be told apart. */
export function hueOf(name: string): string {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)!) % 9973;
  return String(hash % 18 * 20);
}

/** A round picture with the first letter of a name. */
export function avatar(name: string): HTMLElement {
  const [initial = ""] = name;
  const made = element("span", { "class": "avatar", "aria-hidden": "true" }, initial.toUpperCase());
  made.style.setProperty("--hue", hueOf(name));
  return made;
}

/** How the items of a list become elements. */
export interface ListOptions<Item> {
  /** What tells one item from another. */
  key(item: Item): string;
  /** Makes the element of a new item. */
  create(item: Item): HTMLElement;
  /** Brings an element up to date. Also called once after `create`. */
  update?(target: HTMLElement, item: Item): void;
}

/**
 * A list that keeps the elements of items that stay, so that focus, selection and what a screen reader has read out
 * stay too.
 */
export class KeyedList<Item> {
  readonly #parent: HTMLElement;
  readonly #options: ListOptions<Item>;
  #elements = new Map<string, HTMLElement>();

  /** Makes a list of the children of `parent`. */
  constructor(parent: HTMLElement, options: ListOptions<Item>) {
    this.#parent = parent;
    this.#options = options;
  }

  /** Shows these items, in this order. */
  show(items: readonly Item[]): void {
    const before = this.#elements;
    this.#elements = new Map();
    for (const item of items) {
      const key = this.#options.key(item);
      const shown = before.get(key) ?? this.#options.create(item);
      before.delete(key);
      this.#options.update?.(shown, item);
      this.#elements.set(key, shown);
    }
    for (const gone of before.values()) gone.remove();
    let at = this.#parent.firstElementChild;
    for (const shown of this.#elements.values()) {
      if (shown === at) at = at.nextElementSibling;
      else this.#parent.insertBefore(shown, at);
    }
  }
}
