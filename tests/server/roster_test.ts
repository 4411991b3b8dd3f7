/** Tests of the roster: seats are dense, and its arrays agree, whoever comes and goes. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Kind, NO_SEAT, Roster } from "../../src/server/roster.ts";
import { loneConnection } from "./tools/parts.ts";

Deno.test("Roster keeps its arrays dense and in step, whatever the order of coming and going", () => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), (moves) => {
    const roster = new Roster<undefined>();
    const all = Array.from({ length: 10 }, (_, i) => loneConnection({}, { isManaged: i % 2 === 0 }).connection);
    const seated = new Set<number>();

    for (const who of moves) {
      const connection = all[who]!;
      if (seated.delete(who)) roster.remove(connection);
      else {
        seated.add(who);
        roster.add(connection);
        roster.room[connection.seat] = who + 1;
      }
    }

    const { connections, sockets, kinds, room } = roster;
    assertEquals([connections.length, sockets.length, kinds.length, room.length], Array(4).fill(seated.size));
    for (const [who, connection] of all.entries()) {
      if (!seated.has(who)) {
        assertEquals(connection.seat, NO_SEAT);
        continue;
      }
      const { seat } = connection;
      assertEquals(connections[seat] === connection && sockets[seat] === connection.socket, true);
      assertEquals([kinds[seat], room[seat]], [connection.isManaged ? Kind.MANAGED : Kind.PLAIN, who + 1]);
    }
  }));
});

Deno.test("Roster.remove() and takeRoom() do nothing for who has no seat", () => {
  const roster = new Roster<undefined>();
  const { connection } = loneConnection();
  const seated = loneConnection().connection;
  roster.add(seated);
  roster.room[seated.seat] = 7;

  roster.remove(connection);
  roster.takeRoom(connection);
  const before = roster.room[seated.seat];
  roster.takeRoom(seated);

  assertEquals([roster.connections.length, before, roster.room[seated.seat]], [1, 7, 0]);
});
