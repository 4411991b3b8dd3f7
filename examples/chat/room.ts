/**
 * One room of the chat: who is in it, and what was said last.
 */

import type { Line } from "./messages.ts";

/** How many lines a room remembers for those who come later. */
const MAX_LINES = 50;

/** A room. */
export class Room {
  readonly name: string;
  /** Whether it stays when nobody is in it. */
  readonly isPermanent: boolean;
  /** The names of those who are in it, in the order in which they came. */
  readonly people = new Set<string>();
  readonly #lines: Line[] = [];

  /** Makes an empty room. */
  constructor(name: string, isPermanent = false) {
    this.name = name;
    this.isPermanent = isPermanent;
  }

  /** The last lines, the oldest first. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** Remembers a line, and tells whether it is a new one: a page that was cut off sends a line again. */
  add(line: Line): boolean {
    if (this.#lines.some(({ id }) => id === line.id)) return false;
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    return true;
  }
}
