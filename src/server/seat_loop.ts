/**
 * The loop of a broadcast to everybody, over seats and not over connections.
 *
 * @module
 */

import type { ServerConnection } from "./connection.ts";
import type { Forms } from "./forms.ts";
import type { Gatherer } from "./gatherer.ts";
import { Kind, type Roster } from "./roster.ts";

/** What a loop comes to. */
export interface SeatLoop<Data> {
  /** How many were sent to. */
  readonly sent: number;
  /** Those who have to be looked at one by one. */
  readonly others: readonly ServerConnection<Data>[];
}

/**
 * Sends to all peers for whom nothing speaks against it: there is room left, and they are not catching up.
 *
 * @param leftOut Who gets nothing.
 */
export function sendToSeats<Data>(
  { connections, sockets, kinds, room }: Roster<Data>,
  gatherer: Gatherer<Data>,
  forms: Forms,
  leftOut: ReadonlySet<ServerConnection<Data>>,
): SeatLoop<Data> {
  const others: ServerConnection<Data>[] = [];
  const plain = forms.of(false);
  const managed = forms.of(true);
  const hasLeftOut = leftOut.size > 0;
  const text = typeof managed === "string" ? managed : undefined;
  let sent = 0;
  for (let seat = 0; seat < sockets.length; seat++) {
    try {
      for (; seat < sockets.length; seat++) {
        const kind = kinds[seat]!;
        const left = room[seat]! - (kind === Kind.PLAIN ? plain.length : managed.length);
        if (left < 0 || kind === Kind.CATCHING_UP || (hasLeftOut && leftOut.has(connections[seat]!))) {
          others.push(connections[seat]!);
          continue;
        }
        if (kind === Kind.PLAIN) sockets[seat]!.send(plain);
        else if (text !== undefined) gatherer.gather(seat, text);
        else gatherer.send(connections[seat]!, managed);
        room[seat] = left;
        sent++;
      }
    } catch {
      others.push(connections[seat]!); // it fails again there, and is told
    }
  }
  return { sent, others: hasLeftOut ? others.filter((connection) => !leftOut.has(connection)) : others };
}
