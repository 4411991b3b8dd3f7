/**
 * What it costs to join a room, among 100 rooms and among 100,000: a managed peer's `$join` from its frame to the answer, on
 * a whole server but for the socket.
 *
 * @module
 */

import { WebSocketServer } from "../../../mod.ts";
import { SUBPROTOCOL } from "../../../src/protocol/messages.ts";
import { rowsOf, type Scenario } from "../compare.ts";
import { Sink } from "./sink.ts";

const FEW = 100;
const MANY = 100_000;
const ROOMS_EACH = 100;
/** Joins that are timed as one. */
const BATCH = 2_000;
const BATCHES = 20;

/** A server with so many rooms, and a peer that comes and goes. */
class Town {
  readonly #server = new WebSocketServer({
    maxConnections: 10_000,
    maxConnectionsPerAddress: 10_000,
    maxRoomsPerConnection: BATCH + 1,
    maxJoinsPerSecond: Infinity,
    heartbeatInterval: 0,
  });
  readonly #rooms: number;
  readonly #visitor = new Sink();
  #at = 0;

  constructor(rooms: number) {
    this.#rooms = rooms;
    this.#server.room("room/{number}");
    for (let from = 0; from < rooms; from += ROOMS_EACH) {
      const resident = this.#server.adopt(new Sink(), { protocol: SUBPROTOCOL });
      (resident.socket as Sink).receives('{"type":"$hello"}');
      for (let number = from; number < from + ROOMS_EACH; number++) resident.join(`room/${number}`);
    }
    this.#server.adopt(this.#visitor, { protocol: SUBPROTOCOL });
    this.#visitor.receives('{"type":"$hello"}');
    if (this.#server.rooms.size !== rooms) throw new Error(`There are ${this.#server.rooms.size} rooms`);
  }

  /** Nanoseconds for one join. Each room is one that has a member, far from the one before. */
  joins(): number {
    let ns = 0;
    let count = 0;
    while (count < BATCH) {
      const names = this.#next(Math.min(this.#rooms, BATCH));
      const joins = names.map((room, id) => JSON.stringify({ type: "$join", id, room }));
      const leaves = names.map((room, id) => JSON.stringify({ type: "$leave", id, room }));
      const began = performance.now();
      for (const frame of joins) this.#visitor.receives(frame);
      ns += (performance.now() - began) * 1e6;
      for (const frame of leaves) this.#visitor.receives(frame);
      count += names.length;
    }
    return ns / count;
  }

  #next(count: number): string[] {
    const step = Math.floor(this.#rooms * 0.618) | 1;
    return Array.from({ length: count }, () => `room/${this.#at = (this.#at + step) % this.#rooms}`);
  }
}

/** A join. */
export const ROOMS: Scenario = {
  name: "rooms",
  title: `a join among ${MANY} rooms, beside one among ${FEW}`,
  run(given) {
    const spec = (rooms: number) => ({ name: `${rooms} rooms`, command: [] });
    const setting = { ...given, baseline: spec(FEW), candidates: [spec(MANY)] };
    const towns = [new Town(FEW), new Town(MANY), new Town(FEW)];
    for (let warm = 0; warm < BATCHES; warm++) for (const town of towns) town.joins();
    const samples: number[][] = towns.map(() => []);
    for (let round = 0; round < setting.pairs; round++) {
      for (let turn = 0; turn < towns.length; turn++) {
        const which = (round + turn) % towns.length;
        let sum = 0;
        for (let batch = 0; batch < BATCHES; batch++) sum += towns[which]!.joins();
        samples[which]!.push(sum / BATCHES);
      }
    }
    return Promise.resolve(rowsOf(
      "rooms",
      {
        measure: "one join",
        unit: "ns",
        bound: { of: "ratio", is: "at most", value: 3 },
        pick: (ns: number) => ns,
      },
      setting,
      samples,
    ));
  },
};
