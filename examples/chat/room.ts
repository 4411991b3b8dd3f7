/**
 * What a room remembers: who is in it, those who are away for a moment among them, and what was said last.
 */

import type { Line } from "./contract.ts";
import { Presence } from "./presence.ts";

/** How many lines a room remembers for those who come later. */
const MAX_LINES = 50;

/** A room's memory. */
export class Room {
  /** How its name is written. */
  readonly name: string;
  /** Whether it stays when nobody is in it. */
  readonly isPermanent: boolean;
  /** Who is in it. */
  readonly people = new Presence();
  readonly #lines: Line[] = [];

  /** Makes a room in which nothing was said. */
  constructor(name: string, isPermanent = false) {
    this.name = name;
    this.isPermanent = isPermanent;
  }

  /** The last lines, the oldest first. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** The line that is known under an id: a page that was cut off sends a line again. */
  find(id: string): Line | undefined {
    return this.#lines.find((line) => line.id === id);
  }

  /** Remembers a line. */
  add(line: Line): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }
}
