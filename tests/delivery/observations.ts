/**
 * What the run's applications see, as far as it has to be judged: a transcript, and what is wrong beyond it.
 *
 * @module
 */

import { type SentMessage, Transcript } from "../../src/testing/mod.ts";

/** What a message carries. */
export interface Content {
  /** What tells it from all others. */
  readonly id: string;
  /** Padding that can be foretold: the id, over and over. */
  readonly padding: string;
  /** In a room that keeps states: which, and which version of it. */
  readonly state?: { readonly key: string; readonly version: number };
}

/** What is seen. */
export class Observations {
  readonly transcript = new Transcript();
  /** What must not be, in words. */
  readonly wrong: string[] = [];
  /** Rooms, and groups of rooms to which one message is sent: `lobby+attic`. */
  readonly #channels = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** Makes the content of the next message of a row, and notes that it is sent. */
  send(message: Omit<SentMessage, "id">, paddingLength: number, state?: Content["state"]): Content {
    const count = (this.#counts.get(message.from) ?? 0) + 1;
    this.#counts.set(message.from, count);
    const id = `${message.from}:${count}`;
    if (message.channel !== undefined) this.#channels.add(message.channel);
    this.transcript.sent({ ...message, id });
    return { id, padding: paddingOf(id, paddingLength), ...(state === undefined ? {} : { state }) };
  }

  /** Reads what was received; whatever is not as it was sent gets an id that nobody sent. */
  read(data: unknown): Content {
    const content = data instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(data)) : data;
    const { id, padding } = Object(content) as Partial<Content>;
    if (typeof id === "string" && typeof padding === "string" && padding === paddingOf(id, padding.length)) {
      return content;
    }
    return { id: `damaged: ${JSON.stringify(content)?.slice(0, 100)}`, padding: "" };
  }

  /** An application was told that it misses messages of a room, and so of what was sent to that and other rooms at once. */
  gap(by: string, room: string): void {
    for (const channel of new Set([room, ...this.#channels])) {
      if (channel.split("+").includes(room)) this.transcript.gap(by, channel);
    }
  }
}

/** A content as bytes. */
export function toBytes(content: Content): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(content));
}

function paddingOf(id: string, length: number): string {
  return id.repeat(Math.ceil(length / id.length)).slice(0, length);
}
