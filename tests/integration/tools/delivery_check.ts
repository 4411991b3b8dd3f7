/**
 * Pure: compares what clients and servers have seen, and says what was lost, duplicated, reordered, invented, or missing without
 * a word. Knows nothing of sessions and logs.
 *
 * @module
 */

import {
  type ClientReport,
  type Entry,
  NUMBERS_PER_LIFE,
  relayOf,
  roomOf,
  type ServerReport,
} from "./delivery_plan.ts";

/** Whom a check is about. */
interface Subject {
  /** How it is called in what is found. */
  readonly who: string;
  /** The number before the first. */
  readonly before: number;
  /** The last number that there was. */
  readonly last: number;
}

/**
 * What is wrong with a row of numbers that must be whole, but for places where a word says that something is missing; and
 * there something must be missing.
 */
export function rowTroubles(entries: readonly Entry[], { who, before, last }: Subject): string[] {
  const troubles: string[] = [];
  const seen = new Set<number>();
  let previous = before;
  let excuse: string | undefined;
  for (const entry of entries) {
    if (typeof entry === "string") {
      excuse = entry;
      continue;
    }
    if (seen.has(entry)) troubles.push(`${who}: ${entry} is duplicated`);
    else if (entry > last) troubles.push(`${who}: ${entry} is invented, as the last is ${last}`);
    else if (entry < previous) troubles.push(`${who}: ${entry} comes behind ${previous}`);
    else if (entry > previous + 1 && excuse === undefined) {
      troubles.push(`${who}: ${previous + 1} to ${entry - 1} are missing without a word`);
    } else if (entry === previous + 1 && excuse !== undefined) {
      troubles.push(`${who}: "${excuse}" was told between ${previous} and ${entry}, where nothing is missing`);
    }
    excuse = undefined;
    seen.add(entry);
    previous = Math.max(previous, entry);
  }
  if (previous < last && excuse === undefined) troubles.push(`${who}: ${previous + 1} to ${last} are lost`);
  return troubles;
}

/** What is wrong with what came down to a client, from one server or from several lives of it. */
export function downTroubles(
  { client, logs }: ClientReport,
  server: ServerReport,
  plan: { readonly clients: number; readonly rooms: number; readonly isRelay?: boolean },
): string[] {
  const room = roomOf(client, plan);
  const rows: [source: string, published: string][] = [[room, room], ["$all", "$all"], ["$inbox", `$inbox${client}`]];
  const found = rows.flatMap(([source, published]) =>
    rowTroubles(logs[source] ?? [], {
      who: `${source} to client ${client}`,
      before: NUMBERS_PER_LIFE,
      last: server.published[published] ?? NUMBERS_PER_LIFE,
    })
  );
  if (plan.isRelay !== true) return found;
  const others = Array.from({ length: plan.clients }, (_, other) => other)
    .filter((other) => roomOf(other, plan) === room);
  return [
    ...found,
    ...others.flatMap((other) =>
      rowTroubles(logs[relayOf(other)] ?? [], {
        who: `what client ${other} sent to client ${client}`,
        before: 0,
        last: server.handled[other]?.length ?? 0,
      })
    ),
  ];
}

/** What is wrong with what came up from a client: every number must have been handled once, in order. */
export function upTroubles({ client, sent }: ClientReport, { handled }: ServerReport): string[] {
  return rowTroubles(handled[client] ?? [], { who: `client ${client} to the server`, before: 0, last: sent });
}
