/**
 * The application on the server: it notes what it is told, hands on what is said, answers, and speaks of its own accord.
 * One process at a time; what it has noted outlives it, as in a database.
 *
 * @module
 */

import { type MessageContext, type WebSocketConnection, WebSocketServer } from "../../src/server/mod.ts";
import { testPlatform } from "../../src/testing/mod.ts";
import type { Member } from "./member.ts";
import { type Content, toBytes } from "./observations.ts";
import type { Play } from "./play.ts";
import { BARE_ROOM, STATES, STATES_ROOM } from "./scenario.ts";

/** More than any run sends. */
const PLENTY_BYTES = 67_108_864;

interface Person {
  readonly name: string;
}

type Connection = WebSocketConnection<Person>;

/** Where a message was handled first. */
interface Noted {
  readonly by: ServerProcess;
  readonly session: string;
  readonly key: string | undefined;
}

/** The application, from process to process. */
export class Chat {
  /** Every process there was; the last one is the present. */
  readonly processes: ServerProcess[] = [];
  /** What was noted, by the id of the message. */
  readonly noted = new Map<string, Noted>();
  /** The messages whose handler has finished, by id. */
  readonly settled = new Set<string>();
  readonly #play: Play;

  /** Starts the first process. */
  constructor(play: Play) {
    this.#play = play;
    this.#start();
  }

  get now(): ServerProcess {
    return this.processes.at(-1)!;
  }

  /** Puts another process in the place of the present one, which ends as the scenario says. */
  restart(): void {
    const old = this.now;
    this.#start();
    if (this.#play.scenario.restart === "kill") {
      old.isAlive = false;
      for (const line of this.#play.network.lines) {
        line.cut({ clientLearnsAfterMs: this.#play.random.below(50) });
        // Of a line that was cut before, too: the sockets of a process go with it.
        line.pair.cut(undefined, "server");
      }
    }
    this.#play.expect("the old server stops", old.server.stop());
  }

  #start(): void {
    this.processes.push(new ServerProcess(this.#play, this));
  }
}

/** A process with a server. */
export class ServerProcess {
  readonly server: WebSocketServer<Person>;
  /** The connections that came last, by their session. */
  readonly people = new Map<string, Connection>();
  /** The newest version of each state. */
  readonly states = new Map<string, number>();
  /** Whether what it does has any effect. */
  isAlive = true;
  readonly #play: Play;
  readonly #chat: Chat;

  /** Starts the process. */
  constructor(play: Play, chat: Chat) {
    this.#play = play;
    this.#chat = chat;
    const { scenario: { keptMessages, windowMs, maxBufferedBytes, concurrency, heartbeat }, clock } = play;
    this.server = new WebSocketServer<Person>({
      platform: testPlatform(clock),
      data: ({ url }) => ({ name: new URL(url).searchParams.get("name") ?? "" }),
      resume: { windowMs, maxMessages: keptMessages, maxBytes: PLENTY_BYTES },
      history: {
        maxMessages: keptMessages,
        maxBytes: PLENTY_BYTES,
        rooms: { [STATES_ROOM]: { keep: "newest-per-key" }, [BARE_ROOM]: false },
      },
      heartbeatInterval: heartbeat.intervalMs,
      heartbeatTimeoutMs: heartbeat.timeoutMs,
      maxBufferedBytes,
      // A frame that is sent when there is room for more must not be what is too much.
      highWaterBytes: Math.min(maxBufferedBytes >> 1, 65_536),
      maxGatheredBytes: Math.min(maxBufferedBytes >> 2, 65_536),
      concurrency,
      maxQueuedMessages: 10_000,
      handlers: {
        onConnect: (connection) => void this.people.set(connection.id, connection),
        onMessage: (connection, { data }) => this.#note(connection, data, undefined),
        onError: (_connection, error) => void play.observations.wrong.push(`the server met an error: ${error}`),
      },
    });
    this.#handle();
  }

  /** Sends a message to a room, or to all, by chance in one of the forms that there are. */
  announce(rooms: readonly string[], audience: "all" | "volatile" | "bytes"): void {
    const channel = rooms.join("+") || "$all";
    this.#broadcast(`server@${channel}`, rooms, { isVolatile: audience === "volatile", asBytes: audience === "bytes" });
  }

  /** Publishes a new version of a state. */
  publish(): void {
    const { observations, random, members } = this.#play;
    const key = random.pick(STATES);
    const version = (this.states.get(key) ?? 0) + 1;
    this.states.set(key, version);
    const mayReach = members.map(nameOf);
    // Who comes late gets the newest version, and nobody misses those before.
    const from = `${key} of process ${this.#chat.processes.length}`;
    const content = observations.send({ from, to: [], mayReach, channel: STATES_ROOM }, 0, { key, version });
    this.server.broadcast({ type: "price", data: content }, { room: STATES_ROOM, key });
  }

  /** Sends a message to one client. */
  tell(member: Member, by: "send" | "sendAcked" | "request"): void {
    // By the session that the client knows of: there may be others of it, begun on connections that it has given up.
    const connection = this.people.get(member.session ?? "");
    if (connection === undefined) return;
    // Who is away can be sent messages, and is asked nothing.
    const how = by === "request" && !connection.isOpen ? "sendAcked" : by;
    const { observations, random, scenario } = this.#play;
    const to = member.counts ? [member.name] : [];
    // Who reads in a loop has handlers beside it, which do not wait for the loop.
    const from = how === "request" && member.plan.loops ? `server?${member.name}` : `server>${member.name}`;
    const row = { from, to, mayReach: [member.name], channel: "$inbox" };
    const content = observations.send(row, random.below(scenario.paddingLength + 1));
    if (how === "send") this.#send(connection, content, member);
    else this.#ask(connection, content, member, how);
  }

  #send(connection: Connection, content: Content, member: Member): void {
    const asBytes = this.#play.random.chance(0.1);
    const outcome = connection.send(asBytes ? toBytes(content) : { type: "told", data: content });
    if (outcome !== "closed" && outcome !== "dropped") return;
    this.#play.observations.transcript.dropped(content.id);
    this.#play.mayFail(`send of ${content.id} was ${outcome}`, member.counts);
  }

  #ask(connection: Connection, content: Content, member: Member, how: "sendAcked" | "request"): void {
    const { transcript, wrong } = this.#play.observations;
    const asked: Promise<unknown> = how === "request"
      ? connection.request("poll", content, { timeoutMs: this.#play.patienceMs })
      : connection.sendAcked({ type: "told", data: content });
    const name = `${how} of ${content.id}`;
    this.#play.expect(name, asked, {
      kept: (answer) => {
        if (!this.isAlive) return;
        transcript.acknowledged(content.id);
        if (how === "request" && answer?.answerTo !== content.id) wrong.push(`${name} got ${JSON.stringify(answer)}`);
      },
      broken: (error) => this.#play.mayFail(`${name}: ${error}`, member.session === connection.id && member.counts),
      // A session of which the client never heard lives on for a while, with nobody to answer.
      isMoot: () => member.session !== connection.id,
    });
  }

  #handle(): void {
    const { server } = this;
    server.room("*");
    server.handle("note", (data, { connection, messageKey }) => this.#note(connection, data, messageKey));
    server.handle("ask", async (data, context) => {
      await this.#note(context.connection, data, context.messageKey);
      return { answerTo: this.#play.observations.read(data).id };
    });
    server.handle("say", (data, context) => {
      const isNew = this.#isNew(context.connection, data, context.messageKey);
      if (isNew && this.isAlive) this.#handOn(context, data);
      return this.#work(data);
    });
  }

  /** Hands on what was said, to the others or to all: at once, or when its handler is done. */
  #handOn(context: MessageContext<Person>, { room }: { readonly room: string }): void {
    const { random, scenario, members } = this.#play;
    const { connection } = context;
    const except = random.chance(0.5) ? connection : undefined;
    // What is published comes in the order in which the handlers end: one after the other, where one runs at a time, and
    // no session ends while its handlers run.
    const isInOrder = scenario.concurrency === 1 && scenario.restart === "none" && scenario.windowMs > scenario.forMs;
    const hasSession = members.some((member) => member.session === connection.id && member.plan.resumes);
    const by = isInOrder && hasSession && random.chance(0.4) ? context : undefined;
    this.#broadcast(`${connection.data.name}@${room}`, [room], { except, by });
  }

  #broadcast(
    from: string,
    rooms: readonly string[],
    how: {
      readonly isVolatile?: boolean;
      readonly asBytes?: boolean;
      readonly except?: Connection | undefined;
      /** Whose handler it is that publishes it. */
      readonly by?: MessageContext<Person> | undefined;
    },
  ): void {
    const { isVolatile = false, asBytes = false, except, by } = how;
    const { observations, random, members, scenario } = this.#play;
    const others = members.filter(({ name }) => name !== except?.data.name);
    // What a process says that is being replaced reaches who is still with it: others were told of a gap before.
    const mustHear = (member: Member) => member.counts && isIn(member, rooms, ["in"]) && this.#chat.now === this;
    const content = observations.send({
      from,
      to: others.filter(mustHear).map(nameOf),
      // What is published goes out later, also to who has joined by then.
      mayReach: others.filter((member) => by !== undefined || isIn(member, rooms, ["asked", "in", "left"])).map(nameOf),
      channel: rooms.join("+") || "$all",
      mayBeLost: isVolatile,
    }, random.below(scenario.paddingLength + 1));
    if (except !== undefined) this.#play.leaveOut(content.id, except.data.name, except.id);
    const message = asBytes ? toBytes(content) : { type: "said", data: content };
    const options = {
      ...(except === undefined ? {} : { except: except.id }),
      ...(isVolatile ? { volatile: true } : {}),
    };
    if (by !== undefined) by.publish(rooms[0]!, message, options);
    else this.server.broadcast(message, rooms.length === 0 ? options : { ...options, room: rooms });
  }

  /** Notes a message, which is what it asked for, and takes its time over it. */
  #note(connection: Connection, data: unknown, key: string | undefined): void | Promise<void> {
    this.#isNew(connection, data, key);
    return this.#work(data);
  }

  /** Tells whether a message is new; what was noted by another session or process under the same key is not. */
  #isNew(connection: Connection, data: unknown, key: string | undefined): boolean {
    if (!this.isAlive) return false;
    const { transcript, wrong } = this.#play.observations;
    const { id } = this.#play.observations.read(data);
    const before = this.#chat.noted.get(id);
    if (before === undefined) {
      this.#chat.noted.set(id, { by: this, session: connection.id, key });
      transcript.received("server", id);
      return true;
    }
    if (before.by === this && before.session === connection.id) transcript.received("server", id);
    else if (before.key !== key) wrong.push(`${id} came with the keys ${before.key} and ${key}`);
    return false;
  }

  #work(data: unknown): void | Promise<void> {
    const { scenario: { handlersTakeMs }, random, observations } = this.#play;
    const { id } = observations.read(data);
    const settle = () => {
      if (this.isAlive) this.#chat.settled.add(id);
    };
    if (handlersTakeMs === 0) return settle();
    return this.#play.sleep(random.below(handlersTakeMs)).then(settle);
  }
}

/** Whether a member stands like this with one of the rooms; with all clients, if it was ever connected. */
function isIn(member: Member, rooms: readonly string[], states: readonly string[]): boolean {
  if (rooms.length === 0) return true;
  return rooms.some((room) => states.includes(member.rooms.get(room) ?? ""));
}

function nameOf({ name }: Member): string {
  return name;
}
