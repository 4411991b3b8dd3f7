/**
 * What it costs to join and leave a room, among 100 rooms and among 100,000: in memory, on a whole server.
 *
 * @module
 */

import { WebSocketServer } from "../../../mod.ts";
import { ScriptedSocket } from "../../server/tools/scripted_socket.ts";
import { rowsOf, type Scenario } from "../compare.ts";

const FEW = 100;
const MANY = 100_000;
const ROOMS_EACH = 100;
/** Joins and leaves that are timed as one. */
const BATCH = 2_000;

/** A server with so many rooms, and a connection that comes and goes. */
class Town {
  readonly #server = new WebSocketServer({
    maxConnections: 10_000,
    maxRoomsPerConnection: BATCH + 1,
    heartbeatInterval: 0,
  });
  readonly #names: string[];
  readonly #visitor = this.#newcomer();

  constructor(rooms: number) {
    this.#names = Array.from({ length: rooms }, (_, index) => `room/${index}`);
    for (let from = 0; from < rooms; from += ROOMS_EACH) {
      const resident = this.#newcomer();
      for (const name of this.#names.slice(from, from + ROOMS_EACH)) resident.join(name);
    }
  }

  /** Nanoseconds for one join. Each room is one that exists, picked as far from the last one as may be. */
  joins(): number {
    const step = Math.floor(this.#names.length * 0.618) | 1;
    let at = 0;
    const rooms: string[] = [];
    for (let i = 0; i < BATCH; i++) {
      at = (at + step) % this.#names.length;
      rooms.push(this.#names[at]!);
    }
    const own = [...new Set(rooms)];
    let ns = 0;
    for (let done = 0; done < BATCH; done += own.length) {
      const began = performance.now();
      for (const name of own) this.#visitor.join(name);
      ns += (performance.now() - began) * 1e6;
      for (const name of own) this.#visitor.leave(name);
    }
    return ns / (Math.ceil(BATCH / own.length) * own.length);
  }

  #newcomer() {
    return this.#server.adopt(new ScriptedSocket(), {});
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
    for (let warm = 0; warm < 50; warm++) for (const town of towns) town.joins();
    const samples: number[][] = towns.map(() => []);
    for (let round = 0; round < setting.pairs; round++) {
      for (let turn = 0; turn < towns.length; turn++) {
        const which = (round + turn) % towns.length;
        let sum = 0;
        for (let slice = 0; slice < 20; slice++) sum += towns[which]!.joins();
        samples[which]!.push(sum / 20);
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
