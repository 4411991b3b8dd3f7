/**
 * Judges a transcript: what was lost, duplicated, reordered or invented. It knows nothing of how messages travel. Pure.
 *
 * @module
 */

import type { SentMessage, Transcript, TranscriptEntry } from "./transcript.ts";

/**
 * What can be wrong:
 * - `lost`: it did not arrive where it must, and the receiver was told of no gap there; or its sender was told that it did;
 * - `duplicated`: it arrived again;
 * - `reordered`: it arrived behind a later one of the same sender;
 * - `invented`: nobody sent it, or not to this receiver; or it was said to have arrived before it did.
 */
export type DeliveryFaultKind = "lost" | "duplicated" | "reordered" | "invented";

/** Something that is wrong. */
export interface DeliveryFault {
  /** What. */
  readonly kind: DeliveryFaultKind;
  /** The message. */
  readonly id: string;
  /** The receiver. */
  readonly by: string;
  /** More of it, for people. */
  readonly detail: string;
}

/** What a transcript comes to. */
export interface DeliveryReport {
  /** What is wrong, receiver by receiver; nothing where all is well. */
  readonly faults: readonly DeliveryFault[];
  /** How many messages were sent. */
  readonly sent: number;
  /** How many were received, by all receivers together. */
  readonly received: number;
  /** How many gaps receivers were told of. */
  readonly gaps: number;
  /** All of that, for people. */
  readonly text: string;
}

/** How many faults the text shows. */
const MAX_SHOWN = 20;

/** A message as it was sent. */
interface Sent {
  readonly message: SentMessage;
  /** Its place in the transcript. */
  readonly at: number;
  mayBeLost: boolean;
  acknowledgedAt: number;
}

/** What one receiver saw. */
interface Seen {
  readonly by: string;
  /** Where each message was received first, by id. */
  readonly at: Map<string, number>;
  readonly gaps: { readonly channel: string | undefined; readonly at: number }[];
  readonly faults: DeliveryFault[];
  /** The latest message of each sender, by `from`. */
  readonly latest: Map<string, Sent>;
}

/**
 * Finds what is wrong in a transcript that is complete: all is at rest, and nothing more will arrive.
 *
 * A message that did not arrive is lost, unless the receiver was told of a gap in the message's channel after it was sent,
 * after the receiver got all that it got of this sender before, and before the first that it got of what came after.
 */
export function checkDelivery(transcript: Pick<Transcript, "entries">): DeliveryReport {
  const { entries } = transcript;
  const sent = new Map<string, Sent>();
  const receivers = new Map<string, Seen>();
  entries.forEach((entry, at) => take(entry, at, sent, receivers));
  for (const row of rowsOf(sent)) {
    for (const by of new Set(row.flatMap(({ message }) => message.to))) findLost(seenBy(receivers, by), row);
  }
  const faults = [...receivers.values()].flatMap((seen) => seen.faults);
  const count = (kind: TranscriptEntry["kind"]) => entries.filter((entry) => entry.kind === kind).length;
  const counts = { sent: count("sent"), received: count("received"), gaps: count("gap") };
  return { faults, ...counts, text: textOf(faults, counts) };
}

/**
 * Throws unless everything has arrived as it must, with what is wrong in its message.
 *
 * @throws {Error} If {@linkcode checkDelivery} finds a fault.
 */
export function assertDelivered(transcript: Pick<Transcript, "entries">): void {
  const { faults, text } = checkDelivery(transcript);
  if (faults.length > 0) throw new Error(text);
}

function take(entry: TranscriptEntry, at: number, sent: Map<string, Sent>, receivers: Map<string, Seen>): void {
  switch (entry.kind) {
    case "sent": {
      const { message } = entry;
      if (sent.has(message.id)) {
        throw new RangeError(`Cannot check a transcript in which two messages are "${message.id}"`);
      }
      sent.set(message.id, { message, at, mayBeLost: message.mayBeLost ?? false, acknowledgedAt: Infinity });
      return;
    }
    case "gap":
      seenBy(receivers, entry.by).gaps.push({ channel: entry.channel, at });
      return;
    case "received":
      return receive(seenBy(receivers, entry.by), entry.id, at, sent.get(entry.id));
    default: {
      const message = sent.get(entry.id);
      if (message === undefined) {
        throw new RangeError(`Cannot check a transcript in which "${entry.id}" was never sent`);
      }
      if (entry.kind === "dropped") message.mayBeLost = true;
      else acknowledge(message, at, receivers);
    }
  }
}

function receive(seen: Seen, id: string, at: number, sent: Sent | undefined): void {
  if (sent === undefined) return report(seen, "invented", id, "nobody has sent it by then");
  const { message: { from, to, mayReach = [] } } = sent;
  if (!to.includes(seen.by) && !mayReach.includes(seen.by)) {
    report(seen, "invented", id, `was sent to ${listed(to)} alone`);
  }
  if (seen.at.has(id)) return report(seen, "duplicated", id, "has arrived before");
  seen.at.set(id, at);
  const latest = seen.latest.get(from);
  if (latest === undefined || latest.at < sent.at) seen.latest.set(from, sent);
  else report(seen, "reordered", id, `arrived behind ${latest.message.id}`);
}

function acknowledge(sent: Sent, at: number, receivers: Map<string, Seen>): void {
  sent.acknowledgedAt = Math.min(sent.acknowledgedAt, at);
  for (const by of sent.message.to) {
    const seen = seenBy(receivers, by);
    if (!seen.at.has(sent.message.id)) {
      report(seen, "invented", sent.message.id, "its arrival, when it was acknowledged");
    }
  }
}

/** Finds what of a row of messages, in the order in which they were sent, this receiver should have got. */
function findLost(seen: Seen, row: readonly Sent[]): void {
  row.forEach((sent, index) => {
    const { message: { id, to }, mayBeLost, acknowledgedAt } = sent;
    if (mayBeLost || !to.includes(seen.by) || seen.at.has(id)) return;
    const arrivals = (part: readonly Sent[]) => part.flatMap(({ message }) => seen.at.get(message.id) ?? []);
    const after = Math.max(sent.at, ...arrivals(row.slice(0, index)));
    const before = Math.min(Infinity, ...arrivals(row.slice(index + 1)));
    const { channel = "" } = sent.message;
    const isExcused = seen.gaps.some((gap) =>
      (gap.channel === undefined || gap.channel === channel) && gap.at > after && gap.at < before
    );
    if (acknowledgedAt < Infinity) report(seen, "lost", id, "although it was acknowledged");
    else if (!isExcused) report(seen, "lost", id, around(seen, row, index));
  });
}

/** The messages of each sender and channel, in the order in which they were sent. */
function rowsOf(sent: Map<string, Sent>): Iterable<Sent[]> {
  const rows = new Map<string, Sent[]>();
  for (const item of sent.values()) {
    const key = JSON.stringify([item.message.from, item.message.channel]);
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [item]);
    else row.push(item);
  }
  return rows.values();
}

function seenBy(receivers: Map<string, Seen>, by: string): Seen {
  let seen = receivers.get(by);
  if (seen === undefined) {
    seen = { by, at: new Map(), gaps: [], faults: [], latest: new Map() };
    receivers.set(by, seen);
  }
  return seen;
}

function report(seen: Seen, kind: DeliveryFaultKind, id: string, detail: string): void {
  seen.faults.push({ kind, id, by: seen.by, detail });
}

/** Where in its row a message is missing. */
function around(seen: Seen, row: readonly Sent[], index: number): string {
  const arrived = ({ message }: Sent) => seen.at.has(message.id);
  const before = row.slice(0, index).findLast(arrived)?.message.id ?? "nothing";
  const after = row.slice(index + 1).find(arrived)?.message.id ?? "nothing";
  return `got ${before} before it and ${after} after it, and heard of no gap between`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "nobody" : names.join(", ");
}

function textOf(faults: readonly DeliveryFault[], counts: { sent: number; received: number; gaps: number }): string {
  const { sent, received, gaps } = counts;
  const lines = faults.slice(0, MAX_SHOWN).map(({ kind, id, by, detail }) =>
    `  ${kind.padEnd(10)} ${id} at ${by}: ${detail}`
  );
  if (faults.length > MAX_SHOWN) lines.push(`  and ${faults.length - MAX_SHOWN} more`);
  const head = `${faults.length} faults: ${sent} messages were sent, ${received} received, ${gaps} gaps told`;
  return [head, ...lines].join("\n");
}
