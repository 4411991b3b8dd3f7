/**
 * What was sent and what arrived, as a test saw it, in the order in which it saw it. Pure.
 *
 * @module
 */

/** A message that was sent. */
export interface SentMessage {
  /** What tells it from all others of the transcript. */
  readonly id: string;
  /**
   * Whose it is. Messages with one `from` must arrive in the order in which they were sent, at each receiver: so one sender
   * whose messages go ways of their own, as to several rooms, has a `from` for each way.
   */
  readonly from: string;
  /** Who must get it. */
  readonly to: readonly string[];
  /**
   * Who may get it as well: who is just about to join, or leaves.
   *
   * @default {[]}
   */
  readonly mayReach?: readonly string[];
  /**
   * By what name a receiver is told of a gap in which it may be missing: its room, `"$all"` or `"$inbox"`.
   *
   * @default {""}
   */
  readonly channel?: string;
  /**
   * Whether nobody minds if it is lost: a volatile message, or one that its sender was told to be dropped.
   *
   * @default {false}
   */
  readonly mayBeLost?: boolean;
}

/** One thing that happened. */
export type TranscriptEntry =
  | { readonly kind: "sent"; readonly message: SentMessage }
  | { readonly kind: "dropped" | "acknowledged"; readonly id: string }
  | { readonly kind: "received"; readonly by: string; readonly id: string }
  | { readonly kind: "gap"; readonly by: string; readonly channel: string | undefined };

/**
 * What happened in a test, for {@linkcode checkDelivery}. Write down each thing at the moment when it happens: the order of
 * the calls is all that a transcript knows of time.
 *
 * @example
 * ```ts
 * import { checkDelivery, Transcript } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const transcript = new Transcript();
 * for (const id of ["1", "2", "3"]) transcript.sent({ id, from: "ann", to: ["bob"] });
 * for (const id of ["1", "3", "3"]) transcript.received("bob", id);
 *
 * assertEquals(checkDelivery(transcript).faults.map(({ kind, id }) => `${kind} ${id}`), ["duplicated 3", "lost 2"]);
 * ```
 */
export class Transcript {
  readonly #entries: TranscriptEntry[] = [];

  /** Everything so far, in order. */
  get entries(): readonly TranscriptEntry[] {
    return this.#entries;
  }

  /** A message is sent. To be written down before it can arrive anywhere. */
  sent(message: SentMessage): void {
    this.#entries.push({ kind: "sent", message });
  }

  /** A sender was told that its message is thrown away: it may be lost. */
  dropped(id: string): void {
    this.#entries.push({ kind: "dropped", id });
  }

  /** A sender was told that its message has arrived at all to whom it was sent: from then on, no gap excuses its loss. */
  acknowledged(id: string): void {
    this.#entries.push({ kind: "acknowledged", id });
  }

  /** An application was given a message. */
  received(by: string, id: string): void {
    this.#entries.push({ kind: "received", by, id });
  }

  /**
   * An application was told that messages to it may be missing from here: those that were sent before, and that are not
   * older than what it has received last.
   *
   * @param channel What they belong to; all of them when it is left out.
   */
  gap(by: string, channel?: string): void {
    this.#entries.push({ kind: "gap", by, channel });
  }
}
