/**
 * Lists of messages that wait to be put into one frame, of which those that are equal are the same: a thousand peers to
 * which the same was sent share one list, and its frame is written once. Pure.
 *
 * A list is the last node of a chain; to append is to go on to a child. The child that was asked for last is remembered,
 * and it is the one that the next peer wants, too.
 *
 * @module
 */

/** A list of messages that is not empty. */
export class FrameChain {
  readonly #parent: FrameChain | undefined;
  readonly #text: string;
  #next: FrameChain | undefined;
  #frame: string | undefined;

  /** How many messages it holds. */
  readonly size: number;
  /** How long its frame will be, in characters. */
  readonly length: number;

  /** Appends a message to a list, or begins one. Ask the list itself first: {@linkcode FrameChain.with}. */
  constructor(parent: FrameChain | undefined, text: string) {
    this.#parent = parent;
    this.#text = text;
    this.size = parent === undefined ? 1 : parent.size + 1;
    this.length = parent === undefined ? text.length : parent.length + 1 + text.length;
  }

  /** The list with one more message. */
  with(text: string): FrameChain {
    const next = this.#next;
    return next !== undefined && next.#text === text ? next : this.#next = new FrameChain(this, text);
  }

  /** Whether it holds this message alone. */
  isOnly(text: string): boolean {
    return this.#parent === undefined && this.#text === text;
  }

  /** What stands in its frame. */
  get frame(): string {
    if (this.#frame !== undefined) return this.#frame;
    if (this.#parent === undefined) return this.#frame = this.#text;
    const texts = new Array<string>(this.size);
    let at = this.size;
    // deno-lint-ignore no-this-alias -- the way back to the beginning
    for (let node: FrameChain | undefined = this; node !== undefined; node = node.#parent) texts[--at] = node.#text;
    return this.#frame = `[${texts.join()}]`;
  }
}
