/**
 * Measures messages and makes cleaned copies of them, within bounds: what a peer nests as deep as it can costs no more than
 * anything else. Pure.
 *
 * @module
 */

/** The bounds of a message. */
export interface MessageBounds {
  /** Characters of the whole message as JSON. */
  readonly maxMessageLength: number;
  /** Characters of one string in its content. */
  readonly maxContentLength: number;
  /** Arrays and objects inside one another. */
  readonly maxDepth: number;
}

/** Which bound a message broke. */
export type BrokenBound = "message_too_long" | "content_too_long" | "too_deep";

/** The members of a message whose strings are content: ours, and the one that other systems have. */
const CONTENT: readonly string[] = ["data", "content"];

/** The types under which frames that are no JSON arrive: of those the content alone is what was sent. */
const BARE: readonly string[] = ["text", "binary"];

/**
 * Tells which bound a message breaks; `undefined` when none. Stops at the first.
 *
 * A message's length is that of its JSON without white space, where every character of a string counts as one, also one
 * that JSON writes as several. Of text and bytes it is that of their characters and bytes.
 */
export function brokenBound(message: { readonly type: string }, bounds: MessageBounds): BrokenBound | undefined {
  const { type } = message;
  const left = bounds.maxMessageLength + (BARE.includes(type) ? `{"type":"${type}","data":""}`.length : 0);
  return new Measuring(left, bounds).measure(message, 0, false);
}

/** One walk through a message. */
class Measuring {
  readonly #bounds: MessageBounds;
  /** Characters that there may still be. */
  #left: number;

  constructor(left: number, bounds: MessageBounds) {
    this.#left = left;
    this.#bounds = bounds;
  }

  measure(value: unknown, depth: number, isContent: boolean): BrokenBound | undefined {
    if (typeof value === "string" || value instanceof Uint8Array) {
      if (isContent && value.length > this.#bounds.maxContentLength) return "content_too_long";
      return this.#spend(value.length + 2);
    }
    if (typeof value !== "object" || value === null) return this.#spend(String(value).length);
    if (depth >= this.#bounds.maxDepth) return "too_deep";
    if (Array.isArray(value)) return this.#measureItems(value, depth, isContent);
    return this.#measureMembers(value as Record<string, unknown>, depth, isContent);
  }

  #measureItems(items: readonly unknown[], depth: number, isContent: boolean): BrokenBound | undefined {
    let broken = this.#spend(Math.max(2, items.length + 1)); // brackets and commas
    for (let at = 0; at < items.length && broken === undefined; at++) {
      broken = this.measure(items[at], depth + 1, isContent);
    }
    return broken;
  }

  #measureMembers(members: Record<string, unknown>, depth: number, isContent: boolean): BrokenBound | undefined {
    let broken = this.#spend(1);
    let isEmpty = true;
    for (const name in members) {
      isEmpty = false;
      broken ??= this.#spend(name.length + 4); // quotes, colon, and comma or bracket
      broken ??= this.measure(members[name], depth + 1, isContent || (depth === 0 && CONTENT.includes(name)));
      if (broken !== undefined) return broken;
    }
    return isEmpty ? this.#spend(1) : broken;
  }

  #spend(characters: number): BrokenBound | undefined {
    this.#left -= characters;
    return this.#left < 0 ? "message_too_long" : undefined;
  }
}

/**
 * Makes a copy of a message in which `clean` was applied to every string of its content; the message itself where that
 * changed nothing. Only for messages whose depth was checked.
 *
 * @throws {TypeError} If `clean` does not return a string.
 */
export function cleanContent<Message extends object>(message: Message, clean: (text: string) => string): Message {
  let copy = message;
  for (const name of CONTENT) {
    const value: unknown = (message as Record<string, unknown>)[name];
    const cleaned = Object.hasOwn(message, name) ? cleanValue(value, clean) : value;
    if (cleaned !== value) copy = { ...copy, [name]: cleaned };
  }
  return copy;
}

function cleanValue(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === "string") return cleanText(value, clean);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) {
    const cleaned = value.map((item) => cleanValue(item, clean));
    return cleaned.some((item, at) => item !== value[at]) ? cleaned : value;
  }
  const members = Object.entries(value);
  const cleaned = members.map(([key, member]): [string, unknown] => [key, cleanValue(member, clean)]);
  // Unlike an assignment, fromEntries makes a member of "__proto__".
  return cleaned.some(([, member], at) => member !== members[at]?.[1]) ? Object.fromEntries(cleaned) : value;
}

function cleanText(text: string, clean: (text: string) => string): string {
  const cleaned: unknown = clean(text);
  if (typeof cleaned === "string") return cleaned;
  throw new TypeError(`Cannot clean a message as "sanitize" must return a string: it returned ${typeof cleaned}`);
}
