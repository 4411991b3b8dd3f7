/**
 * Plays one run: clients and a server on a network with faults do what the seed says, then all comes to rest and is judged.
 *
 * @module
 */

import type { RoomHistory } from "../../src/client/mod.ts";
import { checkDelivery, eventually, SeededNetwork, SeededRandom, VirtualClock } from "../../src/testing/mod.ts";
import { Chat } from "./chat.ts";
import { Member } from "./member.ts";
import { Observations } from "./observations.ts";
import { BARE_ROOM, drawScenario, type Scenario, STATES, STATES_ROOM } from "./scenario.ts";

/** What a run came to. */
export interface Outcome {
  readonly scenario: Scenario;
  /** What is wrong, in words; nothing where all is well. */
  readonly complaints: readonly string[];
  /** What happened, for who has to find out why. */
  readonly log: readonly string[];
  /** How much happened. */
  readonly figures: Readonly<Record<"sent" | "received" | "gaps" | "faults" | "resumed", number>>;
}

/** What is expected of a promise. */
export interface Expectation {
  // deno-lint-ignore no-explicit-any -- answers of the other side, which are looked at
  readonly kept?: (value: any) => void;
  /** What to do when it rejects: something that may fail has failed, if it is left out. */
  readonly broken?: (error: unknown) => void;
  /** Whether nobody can keep it any more, so that it is settled when everything ends, and need not be before. */
  readonly isMoot?: () => boolean;
}

/** Virtual time within which everything must be at rest when the faults have ended. */
const REST_MS = 60_000;

/** Plays the run of a seed. `prepare` may change what was drawn. */
export function play(seed: number, prepare?: (scenario: Scenario) => Scenario): Promise<Outcome> {
  const drawn = drawScenario(seed);
  return new Play(prepare?.(drawn) ?? drawn).run();
}

/** One run. */
export class Play {
  readonly scenario: Scenario;
  readonly clock = new VirtualClock();
  /** What the applications do by chance. */
  readonly random: SeededRandom;
  readonly network: SeededNetwork;
  readonly observations = new Observations();
  readonly chat: Chat;
  readonly members: readonly Member[];
  /** Whether clients leave because they want to. */
  isEnding = false;
  /** What was promised and is not settled. */
  readonly #open = new Map<object, { readonly name: string; readonly isMoot: () => boolean }>();
  /** Which session of whom a message leaves out, by its id. */
  readonly #leftOut = new Map<string, { readonly name: string; readonly session: string }>();
  readonly #restartedAt: { readonly gapsBefore: ReadonlyMap<Member, number> }[] = [];

  /** Puts everybody into place. */
  constructor(scenario: Scenario) {
    const { seed, delayMs, bytesPerMs, members } = scenario;
    this.scenario = scenario;
    this.random = new SeededRandom(seed).fork("application");
    this.network = new SeededNetwork(this.clock, { seed, delayMs, bytesPerMs, server: () => this.chat.now.server });
    this.chat = new Chat(this);
    this.members = members.map((plan) => new Member(this, plan));
  }

  /** Plays it. */
  async run(): Promise<Outcome> {
    const { wrong, transcript } = this.observations;
    try {
      await this.#act();
      await this.#rest();
      wrong.push(
        ...checkDelivery(transcript).faults.map(({ kind, id, by, detail }) => `${kind}: ${id} at ${by}, ${detail}`),
      );
      await this.#end();
    } catch (error) {
      wrong.push(`the run ended early: ${error instanceof Error ? error.message : error}`);
    }
    const { sent, received, gaps } = checkDelivery(transcript);
    const resumed = this.chat.processes.reduce((sum, { server }) => sum + server.getStats().resumed, 0);
    const figures = { sent, received, gaps, faults: this.network.log.length, resumed };
    return { scenario: this.scenario, complaints: wrong, log: this.network.log, figures };
  }

  /** How long a request waits, in milliseconds: where question or answer may be forgotten, it has to end at some time. */
  get patienceMs(): number {
    return this.scenario.isAmple ? 600_000 : 15_000;
  }

  /** Notes a promise, which must be settled in the end. */
  expect<Value>(name: string, promise: Promise<Value>, { kept, broken, isMoot }: Expectation = {}): void {
    const key = {};
    this.#open.set(key, { name, isMoot: isMoot ?? (() => false) });
    promise.then(kept, broken ?? ((error) => this.mayFail(`${name}: ${error}`))).finally(() => this.#open.delete(key));
  }

  /**
   * Something did not work that may fail, but not where everything is kept and servers stay.
   *
   * @param counts Whether it was for a client that resumes.
   */
  mayFail(what: string, counts = true): void {
    this.network.note(what);
    if (this.scenario.isAmple && counts && !this.isEnding) this.observations.wrong.push(`failed: ${what}`);
  }

  /** Waits in virtual time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimer(resolve, ms));
  }

  /** A message leaves out a client, which the server knows by its session. */
  leaveOut(id: string, name: string, session: string): void {
    this.#leftOut.set(id, { name, session });
  }

  /** Whether a client got a message that leaves it out because it has a session by now that is not the one left out. */
  isExcused(id: string, name: string, session: string | undefined): boolean {
    const leftOut = this.#leftOut.get(id);
    return leftOut?.name === name && leftOut.session !== session;
  }

  async #act(): Promise<void> {
    const { random, clock, network, scenario } = this;
    const { forMs, actEveryMs, faultEveryMs: everyMs, faultLastsMs: lastsMs, faults } = scenario;
    for (const member of this.members) {
      member.connect();
      for (const room of [...scenario.rooms, STATES_ROOM]) if (random.chance(0.8)) member.join(room);
    }
    network.disturb({ forMs, everyMs, lastsMs, faults, restart: () => this.#restart() });
    while (clock.now() < forMs) {
      this.#actOnce();
      await clock.advance(random.below(2 * actEveryMs));
    }
  }

  #actOnce(): void {
    const { random, scenario: { rooms }, chat } = this;
    const member = random.pick(this.members);
    const room = random.pick(rooms);
    const dice = random.below(100);
    if (dice < 25) member.send("say", room);
    else if (dice < 40) member.send("note");
    else if (dice < 45) member.sendAcked();
    else if (dice < 53) member.ask();
    else if (dice < 63) chat.now.announce([room], random.pick(["all", "all", "bytes"]));
    else if (dice < 68) chat.now.announce([room], "volatile");
    else if (dice < 72) chat.now.announce(rooms.filter((room) => room !== BARE_ROOM), "all");
    else if (dice < 77) chat.now.announce([], "all");
    else if (dice < 81) chat.now.publish();
    else if (dice < 97) chat.now.tell(member, random.pick(["send", "send", "sendAcked", "request"]));
    else if (dice < 98) member.leave(room);
    else member.join(room);
  }

  #restart(): void {
    const known = this.members.filter(({ counts }) => counts);
    this.#restartedAt.push({ gapsBefore: new Map(known.map((member) => [member, member.gaps])) });
    this.chat.restart();
  }

  /** Ends all faults, and waits until nothing more is to come. */
  async #rest(): Promise<void> {
    const { clock, network, members } = this;
    network.quiet();
    const isAtRest = () => this.#waitedFor().length === 0 && members.every(({ client }) => client.isConnected());
    try {
      await eventually(clock, isAtRest, { withinMs: REST_MS });
    } catch {
      const waiting = members.filter(({ client }) => !client.isConnected()).map(({ name, client }) =>
        `${name} is ${client.getState()}`
      );
      throw new Error(`it does not come to rest: ${[...waiting, ...this.#waitedFor()].join("; ")}`);
    }
    // What was handed over in the last moment is still on its way, in both directions and through slow handlers.
    await clock.advance(10_000);
    this.#checkGaps();
    this.#checkStates();
    await this.#checkHistory();
  }

  #waitedFor(): string[] {
    return [...this.#open.values()].filter(({ isMoot }) => !isMoot()).map(({ name }) => name);
  }

  #checkGaps(): void {
    const { wrong } = this.observations;
    for (const { gapsBefore } of this.#restartedAt) {
      for (const [member, gaps] of gapsBefore) {
        if (member.gaps === gaps) wrong.push(`${member.name} was not told that a server took its memory with it`);
      }
    }
    if (!this.scenario.isAmple) return;
    for (const { name, gaps, plan } of this.members) {
      if (gaps > 0 && plan.resumes) wrong.push(`${name} was told of ${gaps} gaps where everything is kept`);
    }
  }

  #checkStates(): void {
    // A log that is too short for all states forgets some.
    if (this.scenario.keptMessages < STATES.length) return;
    for (const [key, version] of this.chat.now.states) {
      for (const member of this.members) {
        if (!member.counts || member.rooms.get(STATES_ROOM) !== "in") continue;
        const has = member.states.get(key);
        if (has !== version) this.observations.wrong.push(`${member.name} has ${key} ${has}, the newest is ${version}`);
      }
    }
  }

  /** Who reads the log of its room finds all that it had to get. */
  async #checkHistory(): Promise<void> {
    const { scenario: { isAmple, rooms: [room = ""] }, members, observations, clock } = this;
    const member = members.find(({ counts, rooms }) => counts && rooms.get(room) === "in");
    if (!isAmple || member === undefined) return;
    let history: RoomHistory | undefined;
    this.expect(`the history of ${room}`, member.client.history(room, { limit: 1_000 }), {
      kept: (answer) => history = answer,
    });
    await eventually(clock, () => this.#waitedFor().length === 0, { withinMs: REST_MS });
    const messages = history?.messages ?? [];
    const found = new Set(messages.map(({ message }) => observations.read(contentOf(message)).id));
    for (const entry of observations.transcript.entries) {
      if (entry.kind !== "sent" || entry.message.mayBeLost) continue;
      const { id, channel, to } = entry.message;
      const isDue = channel?.split("+").includes(room) === true && to.includes(member.name);
      if (isDue && !found.has(id)) observations.wrong.push(`${member.name} does not find ${id} in the log of ${room}`);
    }
    const offsets = messages.map(({ offset }) => offset);
    if (offsets.some((offset, at) => at > 0 && offset <= offsets[at - 1]!)) {
      observations.wrong.push(`the log of ${room} has the offsets ${offsets}`);
    }
  }

  /** Everybody goes home; nothing may be left. */
  async #end(): Promise<void> {
    const { clock, members, chat, observations: { wrong } } = this;
    this.isEnding = true;
    await Promise.all([...members.map(({ client }) => client.disconnect()), clock.advance(1_000)]);
    await Promise.all([chat.now.server.stop(), clock.advance(1_000)]);
    chat.processes.forEach(({ server }, index) => {
      const { connections, connecting, closing, suspended, rooms } = server.getStats();
      const left = Object.entries({ connections, connecting, closing, suspended, rooms }).filter(([, count]) =>
        count > 0
      );
      if (left.length > 0) wrong.push(`server ${index + 1} still has ${left.map((entry) => entry.join(" "))}`);
    });
    for (const { name } of this.#open.values()) wrong.push(`${name} is never settled`);
    if (clock.pending > 0) wrong.push(`${clock.pending} timers are left`);
    if (this.network.lines.length > 0) wrong.push(`${this.network.lines.length} lines are left`);
  }
}

/** What a message of a log carries, in bytes or not. */
function contentOf(message: unknown): unknown {
  return message instanceof Uint8Array ? message : Object(message).data;
}
