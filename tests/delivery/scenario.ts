/**
 * What is to happen in one run, drawn from its seed. Pure.
 *
 * @module
 */

import { type NetworkFault, SeededRandom } from "../../src/testing/mod.ts";

/** The room whose log keeps states. */
export const STATES_ROOM = "prices";

/** The states. */
export const STATES: readonly string[] = ["tin", "gold"];

/** A room that keeps no log: who was away has missed something. */
export const BARE_ROOM = "street";

/** One run. */
export interface Scenario {
  readonly seed: number;
  /** The clients, by name. */
  readonly members: readonly MemberPlan[];
  /** The rooms for messages. */
  readonly rooms: readonly string[];
  /** For how long something happens, in milliseconds. */
  readonly forMs: number;
  /** The mean time between two actions of the application, in milliseconds. */
  readonly actEveryMs: number;
  /** The mean time between two faults, in milliseconds. */
  readonly faultEveryMs: number;
  /** The mean time for which a fault lasts, in milliseconds. */
  readonly faultLastsMs: number;
  readonly faults: Partial<Record<NetworkFault, number>>;
  /** How the server ends that is replaced: without a word, or in good order. */
  readonly restart: "none" | "kill" | "stop";
  /** Messages that a log or a session keeps. */
  readonly keptMessages: number;
  /** How long a session waits for its client, in milliseconds. */
  readonly windowMs: number;
  /** Bytes that may wait for a client. */
  readonly maxBufferedBytes: number;
  /** Characters of padding that a message has at most. */
  readonly paddingLength: number;
  /** How long the server's handlers take at most, in milliseconds; 0 for those that are not even async. */
  readonly handlersTakeMs: number;
  /** Handlers of one connection that may run at once. */
  readonly concurrency: number;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
  /** The network. */
  readonly delayMs: readonly [number, number];
  readonly bytesPerMs: number;
  /** Whether everything that has to be kept is kept, by servers that stay: then no gap may be told, and all is answered. */
  readonly isAmple: boolean;
}

/** One client. */
export interface MemberPlan {
  readonly name: string;
  /** Whether it resumes; one that does not may miss whatever it likes. */
  readonly resumes: boolean;
  /** Whether it reads its messages in a loop, taking its time, and not in a handler. */
  readonly loops: boolean;
  /** The first delay of its attempts, in milliseconds. */
  readonly baseDelayMs: number;
}

/** More than any run has messages. */
const PLENTY = 10_000;

const NAMES = ["ann", "bob", "cleo", "dan"];

/** Draws a run. */
export function drawScenario(seed: number): Scenario {
  const random = new SeededRandom(seed).fork("scenario");
  const isShort = random.chance(0.3);
  const restart = random.chance(0.35) ? random.pick(["kill", "stop"] as const) : "none";
  const isBrief = random.chance(0.2);
  const isTight = random.chance(0.2);
  const isAmple = !isShort && !isBrief && !isTight && restart === "none";
  const rooms = random.pick([["lobby"], ["lobby", "attic"], ["lobby", "attic"], ["lobby", BARE_ROOM]]);
  const names = NAMES.slice(0, 2 + random.below(3));
  const members = names.map((name, index) => ({
    name,
    resumes: index === 0 || random.chance(0.95),
    // Who reads in a loop hears of a gap when it is told, and not at its place between the messages.
    loops: isAmple && !rooms.includes(BARE_ROOM) && random.chance(0.2),
    baseDelayMs: random.pick([20, 100, 500]),
  }));
  return {
    seed,
    members,
    rooms,
    forMs: 2_000 + random.below(4_000),
    actEveryMs: random.pick([20, 40, 80]),
    faultEveryMs: random.pick([200, 500, 1_000]),
    faultLastsMs: random.pick([100, 500, 1_500]),
    faults: drawFaults(random, restart !== "none"),
    restart,
    keptMessages: isShort ? 1 + random.below(12) : PLENTY,
    windowMs: isBrief ? 100 + random.below(2_000) : 120_000,
    maxBufferedBytes: isTight ? 1_000 + random.below(4_000) : 16_777_216,
    paddingLength: random.pick([0, 100, 1_000]),
    handlersTakeMs: random.pick([0, 0, 20, 200]),
    concurrency: random.pick([1, 1, 4]),
    heartbeat: random.pick([{ intervalMs: 30_000, timeoutMs: 60_000 }, { intervalMs: 800, timeoutMs: 2_000 }]),
    delayMs: random.pick([[0, 0], [1, 40], [20, 200]] as const),
    bytesPerMs: random.pick([50, 1_000]),
    isAmple,
  };
}

/** Each kind of fault comes often, seldom, or not at all. */
function drawFaults(random: SeededRandom, mayRestart: boolean): Scenario["faults"] {
  const weight = () => random.pick([0, 1, 4]);
  const faults = { cut: 1 + weight(), halfOpen: weight(), stall: weight(), outage: random.pick([0, 1]) };
  return mayRestart ? { ...faults, restart: 1 } : faults;
}
