/**
 * A client of the run and its application: what it does when it is told to, and what it sees.
 *
 * @module
 */

import { WebSocketClient, type WebSocketMessage } from "../../src/client/mod.ts";
import { ProtocolError } from "../../src/errors.ts";
import type { NetworkPlatform } from "../../src/testing/mod.ts";
import { type Content, toBytes } from "./observations.ts";
import type { Play } from "./play.ts";
import { BARE_ROOM, type MemberPlan } from "./scenario.ts";

/** A client. */
export class Member {
  readonly name: string;
  readonly plan: MemberPlan;
  readonly client: WebSocketClient;
  readonly platform: NetworkPlatform;
  /** Where it stands with each room: it has asked to be let in, has been let in, or has left. */
  readonly rooms = new Map<string, "asked" | "in" | "left">();
  /** The newest version of each state, by key. */
  readonly states = new Map<string, number>();
  /** The session that it has, as far as it knows; `undefined` before the first. */
  session: string | undefined;
  /** How often it was told of a gap, other than in the room without a log. */
  gaps = 0;
  readonly #play: Play;
  readonly #hasLeft = new Set<string>();
  #sent = 0;

  /** Makes a client that is not connected. */
  constructor(play: Play, plan: MemberPlan) {
    this.#play = play;
    this.plan = plan;
    this.name = plan.name;
    this.platform = play.network.platform({ name: plan.name });
    this.client = new WebSocketClient({
      url: `ws://localhost/ws?name=${plan.name}`,
      platform: this.platform,
      resume: plan.resumes,
      connectTimeoutMs: 1_000,
      welcomeTimeoutMs: 1_000,
      closeTimeoutMs: 500,
      reconnect: {
        retryFirst: true,
        baseDelayMs: plan.baseDelayMs,
        maxDelayMs: 1_000,
        laterDelayMs: 200,
        spreadWindowMs: 500,
        minUptimeMs: 500,
      },
      handlers: {
        ...(plan.loops ? {} : { onMessage: (message) => this.#take(message) }),
        onError: (error) => {
          if (error instanceof ProtocolError) this.#complain(`met a breach of the protocol: ${error.message}`);
        },
      },
    });
    this.#listen();
  }

  /** Whether it must get what is sent to it, or be told of a gap. */
  get counts(): boolean {
    return this.plan.resumes && this.session !== undefined;
  }

  /** Begins. */
  connect(): void {
    this.#play.expect(`${this.name} connects`, this.client.connect());
    if (this.plan.loops) this.#loop();
  }

  /** Joins a room, unless it is in there. */
  join(room: string): void {
    const { client, rooms } = this;
    if (rooms.get(room) === "asked" || rooms.get(room) === "in") return;
    rooms.set(room, "asked");
    this.#play.network.note(`${this.name} wants to join ${room}`);
    this.#play.expect(`${this.name} joins ${room}`, client.join(room), {
      kept: () => {
        if (rooms.get(room) !== "asked") return;
        rooms.set(room, "in");
        // Who has been in it before does not wait for what was sent before it was in again.
        this.#play.observations.gap(this.name, room);
      },
    });
  }

  /** Leaves a room, if it is in there. Who reads in a loop stays, as it may not have read yet what was sent before. */
  leave(room: string): void {
    if (this.rooms.get(room) !== "in" || this.plan.loops) return;
    this.rooms.set(room, "left");
    this.#hasLeft.add(room);
    this.#play.network.note(`${this.name} leaves ${room}`);
    // Who leaves does not wait for what was sent to the room before.
    this.#play.observations.gap(this.name, room);
    const joined = this.client.rooms.find(({ name }) => name === room);
    // What becomes of the answer is of no interest: whether it leaves before or after a cut.
    joined?.leave().catch(() => {});
  }

  /** Sends the server a message: one that it notes, or one for a room. */
  send(type: "note" | "say", room?: string): void {
    const content = this.#content();
    const message = type === "note" && this.#play.random.chance(0.1)
      ? toBytes(content)
      : { type, data: room === undefined ? content : { ...content, room } };
    const outcome = this.client.send(message);
    if (outcome === "dropped" || outcome === "closed") this.#lost(content.id, outcome);
  }

  /** Sends the server a message, and waits until that has handled it. */
  sendAcked(): void {
    const content = this.#content();
    const { observations, chat } = this.#play;
    const asked = this.client.sendAcked({ type: "note", data: content });
    this.#play.expect(`sendAcked of ${content.id}`, asked, {
      kept: () => {
        observations.transcript.acknowledged(content.id);
        if (!chat.settled.has(content.id)) {
          this.#complain(`got the acknowledgement of ${content.id} before it was handled`);
        }
      },
      broken: (error) => this.#lost(content.id, error),
    });
  }

  /** Asks the server. */
  ask(): void {
    const content = this.#content();
    const asked = this.client.request("ask", content, { timeoutMs: this.#play.patienceMs });
    this.#play.expect(`the request ${content.id}`, asked, {
      kept: (answer) => {
        if (answer?.answerTo !== content.id) this.#complain(`got ${JSON.stringify(answer)} for ${content.id}`);
      },
      broken: (error) => this.#lost(content.id, error),
    });
  }

  #content(): Content {
    const { observations, random, scenario } = this.#play;
    // Without sessions, what one connection has left behind may be handled beside what comes on the next.
    const from = this.plan.resumes ? `${this.name}>server` : `${this.name}>server ${++this.#sent}`;
    const message = { from, to: ["server"], mayBeLost: !this.plan.resumes };
    return observations.send(message, random.below(scenario.paddingLength + 1));
  }

  #listen(): void {
    const { observations } = this.#play;
    this.client.on("open", ({ connectionId, resumed }) => {
      if (resumed && connectionId !== this.session) this.#complain(`resumed ${this.session} and got ${connectionId}`);
      this.session = connectionId;
    });
    this.client.on("recovery", ({ room, recovered, reason }) => {
      this.#play.network.note(`${this.name} hears of ${room}: ${recovered ? "recovered" : `not recovered, ${reason}`}`);
      if (recovered) return;
      if (room !== BARE_ROOM) this.gaps++;
      observations.gap(this.name, room);
    });
    this.client.on("room:left", ({ room, code }) => this.#complain(`was put out of ${room}: ${code}`));
    this.client.on("close", ({ code, willReconnect }) => {
      if (!willReconnect && !this.#play.isEnding) this.#complain(`closed for good with ${code}`);
    });
    this.client.on("message:dropped", ({ direction, message, reason }) => {
      if (direction === "send") this.#lost(observations.read(Object(message).data ?? message).id, reason);
      else this.#complain("dropped what it received");
    });
    this.client.handle("poll", (data) => {
      const { id } = observations.read(data);
      observations.transcript.received(this.name, id);
      return { answerTo: id };
    });
  }

  /** It was told that a message of its own may not arrive. */
  #lost(id: string, why: unknown): void {
    this.#play.observations.transcript.dropped(id);
    this.#play.mayFail(`${id} is given up: ${why}`, this.plan.resumes);
  }

  #take(message: WebSocketMessage): void {
    const { observations } = this.#play;
    const { id, state } = observations.read(message.data);
    if (state !== undefined) {
      this.states.set(state.key, state.version);
      // Who does not say how far it has read gets all states again.
      if (!this.plan.resumes) return;
    }
    if (this.#play.isExcused(id, this.name, this.session)) return;
    const between = roomsIn(id).filter((room) => this.#isBetween(room));
    for (const room of between) observations.gap(this.name, room);
    observations.transcript.received(this.name, id);
    for (const room of between) observations.gap(this.name, room);
  }

  /** Whether it has left a room and is not in it again: what it gets of it then, in part, it does not wait for. */
  #isBetween(room: string): boolean {
    return this.#hasLeft.has(room) && this.rooms.get(room) !== "in";
  }

  async #loop(): Promise<void> {
    for await (const message of this.client) {
      this.#take(message);
      await this.#play.sleep(this.#play.random.below(30));
    }
  }

  #complain(text: string): void {
    this.#play.observations.wrong.push(`${this.name} ${text}`);
  }
}

/** The rooms of a message, by its id: `ann@lobby:3`. */
function roomsIn(id: string): readonly string[] {
  return /@([^:]*):/.exec(id)?.[1]?.split("+") ?? [];
}
