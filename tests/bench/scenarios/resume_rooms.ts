/**
 * What it costs to resume, beside 10 other rooms and beside 100,000, each with a member and a message in its log: from the
 * frame with the hello to the last missed message, on a whole server but for the socket.
 *
 * @module
 */

import { setImmediate } from "node:timers/promises";
import { WebSocketServer } from "../../../mod.ts";
import { type ServerControl, SUBPROTOCOL } from "../../../src/protocol/messages.ts";
import { rowsOf, type Scenario } from "../compare.ts";
import { Session } from "../load/session.ts";
import { DATA } from "../workload.ts";
import { Sink } from "./sink.ts";

const FEW = 10;
const MANY = 100_000;
const ROOMS_EACH = 100;
/** Resumes that are timed as one. */
const VISITORS = 100;
const MISSED = 50;
const BATCHES = 20;
const HOME = "home";
const MESSAGE = { type: "message", data: DATA } as const;
/** In turns of the loop, which are short. */
const MOST_TURNS = 1_000;

/** A server with so many rooms, and peers that come and go. */
class Town {
  readonly #server = new WebSocketServer({
    maxConnections: 10_000,
    maxConnectionsPerAddress: 10_000,
    maxJoinsPerSecond: Infinity,
    heartbeatInterval: 0,
  });
  readonly #visitors: { readonly sink: Sink; readonly session: Session }[] = [];

  constructor(rooms: number) {
    for (let from = 0; from < rooms; from += ROOMS_EACH) {
      const resident = new Sink();
      const connection = this.#server.adopt(resident, { protocol: SUBPROTOCOL });
      resident.receives(JSON.stringify(new Session(`resident-${from}`).hello()));
      for (let number = from; number < Math.min(from + ROOMS_EACH, rooms); number++) {
        connection.join(`room/${number}`);
        this.#server.broadcast(MESSAGE, { room: `room/${number}` });
      }
    }
    if (this.#server.getStats().rooms !== rooms) throw new Error(`There are ${this.#server.getStats().rooms} rooms`);
    this.#server.room(HOME);
    for (let number = 0; number < VISITORS; number++) {
      this.#visitors.push({ sink: new Sink(), session: new Session(`visitor-${number}`) });
    }
  }

  /** Everybody comes for the first time, and joins. */
  async open(): Promise<void> {
    for (const { sink, session } of this.#visitors) {
      sink.kept = [];
      this.#server.adopt(sink, { protocol: SUBPROTOCOL });
      sink.receives(JSON.stringify(session.hello()));
      sink.receives(JSON.stringify({ type: "$join", id: 1, room: HOME }));
    }
    for (
      let turn = 0;
      !this.#visitors.every(({ sink }) => sink.kept!.some((frame) => frame.includes("$reply")));
      turn++
    ) {
      if (turn > MOST_TURNS) throw new Error("A visitor was not let into the room");
      await setImmediate();
    }
    for (const visitor of this.#visitors) look(visitor);
  }

  /** Nanoseconds for one resume. */
  async resumes(): Promise<number> {
    for (const { sink } of this.#visitors) sink.breaks();
    for (let i = 0; i < MISSED; i++) this.#server.broadcast(MESSAGE, { room: HOME });
    const returning = this.#visitors.splice(0).map(({ session }) => ({
      session,
      hello: JSON.stringify(session.hello()),
    }));
    // What closing has left to do is not the resume's.
    await setImmediate();

    const began = performance.now();
    for (const { session, hello } of returning) {
      const sink = new Sink();
      sink.kept = [];
      this.#server.adopt(sink, { protocol: SUBPROTOCOL });
      sink.receives(hello);
      this.#visitors.push({ sink, session });
    }
    let ms = performance.now() - began;
    const owing = this.#visitors.map(({ sink }) => sink.kept!);
    for (let turn = 0; owing.some((frames) => occurrences(frames) < MISSED); turn++) {
      if (turn > MOST_TURNS) throw new Error("A server owes messages to a peer that has resumed");
      const from = performance.now();
      await setImmediate();
      ms += performance.now() - from;
    }
    for (const visitor of this.#visitors) {
      if (look(visitor) !== MISSED) throw new Error(`A peer did not get the ${MISSED} messages that it had missed`);
    }
    return ms / VISITORS * 1e6;
  }
}

/** How many messages there seem to be. */
function occurrences(frames: readonly string[]): number {
  return frames.reduce((sum, frame) => sum + frame.split('"type":"message"').length - 1, 0);
}

/** Takes in what a visitor got; gives the number of new messages. */
function look({ sink, session }: { readonly sink: Sink; readonly session: Session }): number {
  let count = 0;
  for (const frame of sink.kept!.splice(0)) {
    const value = JSON.parse(frame) as Received | Received[];
    for (const message of Array.isArray(value) ? value : [value]) {
      if (message.type === "$welcome") session.welcome(message);
      else if (message.type === "$reply") session.reply(HOME, message);
      else if (message.type === "message" && session.reach(message.$room, message.$at)) count++;
    }
  }
  if (!session.canResume) throw new Error("A server keeps no sessions");
  return count;
}

type Received = ServerControl | { readonly type: "message"; readonly $room?: string; readonly $at: number };

/** A resume. */
export const RESUME_ROOMS: Scenario = {
  name: "resume-rooms",
  title: `a resume beside ${MANY} other rooms, beside one beside ${FEW}`,
  async run(given) {
    const spec = (rooms: number) => ({ name: `${rooms} rooms`, command: [] });
    const setting = { ...given, baseline: spec(FEW), candidates: [spec(MANY)] };
    const towns = [new Town(FEW), new Town(MANY), new Town(FEW)];
    for (const town of towns) await town.open();
    for (let warm = 0; warm < BATCHES; warm++) for (const town of towns) await town.resumes();
    const samples: number[][] = towns.map(() => []);
    for (let round = 0; round < setting.pairs; round++) {
      for (let turn = 0; turn < towns.length; turn++) {
        const which = (round + turn) % towns.length;
        let sum = 0;
        for (let batch = 0; batch < BATCHES; batch++) sum += await towns[which]!.resumes();
        samples[which]!.push(sum / BATCHES);
      }
    }
    return rowsOf(
      "resume-rooms",
      {
        measure: "one resume",
        unit: "ns",
        bound: { of: "ratio", is: "at most", value: 1.5 },
        pick: (ns: number) => ns,
      },
      setting,
      samples,
    );
  },
};
