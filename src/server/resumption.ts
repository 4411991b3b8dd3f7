/**
 * How a managed peer that knows of sessions comes in: with a new session, or with its former one, if it may have that.
 *
 * @module
 */

import { CloseCode } from "../protocol/close_codes.ts";
import { ALL_ROOM, type HelloMessage, type Recovery, RESUME } from "../protocol/messages.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import { type Guard, isThenable } from "./guard.ts";
import type { Eventual, LogReading, Logs } from "./logs.ts";
import type { Replays } from "./replays.ts";
import type { RoomReturn } from "./room_return.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Session } from "./session.ts";
import { newSecret } from "./session_secret.ts";
import type { Sessions } from "./sessions.ts";
import type { Counters } from "./stats.ts";
import type { ConnectInfo } from "./types.ts";

/** How a connection comes in. */
export interface Arrival<Data> {
  /** The session that it begins with, or goes on with. */
  readonly session: Session<Data>;
  /** Whether it goes on. */
  readonly resumed: boolean;
  /** Whether its peer wanted that. */
  readonly wasAsked: boolean;
  /** The secret for the next time. */
  readonly secret: string;
  /** The number of the last counted message that its peer has of us. */
  readonly received: number;
  /** What there is to say to the peer's positions, by room. */
  readonly readings: ReadonlyMap<string, LogReading>;
  /** Whether more may have been written into the logs since. */
  readonly areLate: boolean;
  /** Rooms in which it may not be any more, each with a code that says why. */
  readonly lost: ReadonlyMap<string, string>;
  /** The connection that had the session before. */
  readonly previous: ServerConnection<Data> | undefined;
}

/** A connection wants a session that it may have. */
interface Claim<Data> {
  readonly session: Session<Data>;
  readonly hello: HelloMessage;
  /** The data that the connection had of its own. */
  readonly fresh: Data | undefined;
}

/** How an application's data goes on. */
export interface ResumptionSettings<Data> {
  /** Makes the data of a connection that goes on with a session of what that had and what `authenticate` says now. */
  readonly resumeData: ((kept: Data, fresh: Data | undefined) => Data) | undefined;
}

/** The other parts that this one needs. */
export interface ResumptionParts<Data> {
  readonly sessions: Sessions<Data>;
  readonly logs: Logs;
  readonly rooms: Pick<RoomReturn<Data>, "askAgain" | "restore" | "tellLost">;
  readonly replays: Replays<Data>;
  readonly acknowledgements: Acknowledgements<Data>;
  readonly guard: Guard<Data>;
  readonly counters: Counters;
  readonly scheduler: Scheduler;
  /** From here on the application knows the connection. */
  enter(connection: ServerConnection<Data>): void;
  /** Ends a connection at once. */
  kill(connection: ServerConnection<Data>, code: number, reason: string): void;
}

const NO_READINGS: ReadonlyMap<string, LogReading> = new Map();
const NO_ROOMS: ReadonlyMap<string, never> = new Map<string, never>();

/** What `onConnect` is told of connections that begin anew and never asked for anything else. */
const FRESH: ConnectInfo = Object.freeze({ resumed: false, rooms: NO_ROOMS });

/** Resumes. */
export class Resumption<Data> {
  readonly #settings: ResumptionSettings<Data>;
  readonly #parts: ResumptionParts<Data>;

  /** Puts the part together. */
  constructor(settings: ResumptionSettings<Data>, parts: ResumptionParts<Data>) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** Lets a peer in that has said hello, and signed in if it had to. */
  enter(connection: ServerConnection<Data>): void {
    const { sessions } = this.#parts;
    const hello = connection.hello as HelloMessage | undefined;
    if (sessions.windowMs === 0 || hello?.features?.includes(RESUME) !== true) return this.#parts.enter(connection);
    const found = hello.resume === undefined ? undefined : sessions.find(hello.resume, connection.userId);
    if (found === undefined) return this.#enterAnew(connection, hello);
    if ((hello.received ?? 0) > found.inbox.end) {
      return this.#parts.kill(connection, CloseCode.BAD_MESSAGE, "a message that was never sent cannot be received");
    }
    // A hello that was long on its way, on a connection that its client has given up: it must not take the session away
    // from the one on which the client is by now.
    if (Math.max(found.last.number, found.claimant?.number ?? 0) > connection.number) {
      return this.#parts.kill(connection, CloseCode.REPLACED, "a newer connection has the session");
    }
    const claim: Claim<Data> = { session: found, hello, fresh: connection.givenData };
    this.#claim(found, connection);
    try {
      this.#takeOver(connection, claim);
    } catch (error) {
      return this.#fail(connection, error);
    }
    const lost = this.#parts.rooms.askAgain(connection, found.rooms!);
    this.#after(connection, lost, (lost) => this.#resume(connection, claim, lost));
  }

  /** The connection is in the registry, and its peer is about to be welcomed: gives it what it had. */
  restore(connection: ServerConnection<Data>): void {
    const { sessions, rooms, replays, scheduler } = this.#parts;
    const { session, lost, secret, resumed, received, readings, areLate } = connection.arrival!;
    const kept = session.rooms;
    session.renew(secret, resumed ? (connection.hello as HelloMessage).resume!.secret : undefined);
    sessions.attach(session, connection);
    session.claimant = undefined;
    session.rooms = undefined;
    if (resumed && kept !== undefined) {
      session.inbox.acknowledge(received);
      rooms.restore(connection, kept, lost);
    }
    // Before anybody can send to the connection: what is missed comes first.
    replays.begin(connection, readings, session.inbox.firstBehind(received, scheduler.now()) - 1, areLate);
  }

  /** The peer was welcomed: sends what it has missed, and tells how it came. */
  welcomed(connection: ServerConnection<Data>): ConnectInfo {
    const { arrival } = connection;
    if (arrival === undefined) return FRESH;
    const { rooms, replays, acknowledgements, counters, scheduler } = this.#parts;
    const { session, resumed, wasAsked, readings, lost, received } = arrival;
    connection.arrival = undefined;
    rooms.tellLost(connection, lost);
    if (resumed) {
      counters.resumed++;
      acknowledgements.returned(session, received, session.inbox.firstBehind(received, scheduler.now()));
    } else if (wasAsked) counters.notResumed++;
    replays.start(connection);
    if (!wasAsked) return FRESH;
    const recoveries = new Map<string, Recovery>();
    for (const [room, { recovery }] of readings) recoveries.set(room, recovery);
    return { resumed, rooms: recoveries, ...(resumed ? {} : { reason: "session_lost" }) };
  }

  #enterAnew(connection: ServerConnection<Data>, hello: HelloMessage): void {
    const read = this.#read([], hello);
    this.#after(connection, read, (readings) => {
      connection.arrival = {
        session: this.#parts.sessions.begin(connection, hello),
        resumed: false,
        wasAsked: hello.resume !== undefined,
        secret: newSecret(),
        received: 0,
        readings,
        areLate: isThenable(read),
        lost: NO_ROOMS,
        previous: undefined,
      };
      this.#parts.enter(connection);
    });
  }

  /** From now on nobody else can have the session; who had it, or wanted it, is replaced. */
  #claim(session: Session<Data>, connection: ServerConnection<Data>): void {
    const { kill } = this.#parts;
    const rival = session.claimant;
    session.claimant = connection;
    if (rival?.phase === Phase.HELLO) kill(rival, CloseCode.REPLACED, "replaced by a newer connection");
    if (session.connection !== undefined) {
      session.isMoving = true;
      kill(session.connection, CloseCode.REPLACED, "replaced by a newer connection");
      session.isMoving = false;
    }
  }

  /** Gives a connection the id and the data of the session, as the rules of its rooms are to see them. */
  #takeOver(connection: ServerConnection<Data>, { session, fresh }: Claim<Data>): void {
    const { resumeData } = this.#settings;
    const kept = session.last.data;
    connection.data = resumeData === undefined ? kept : resumeData(kept, fresh);
    connection.takeId(session.id);
  }

  /** The session was over before its client could have it: the connection is one like any other that is new. */
  #giveBack(connection: ServerConnection<Data>, { hello, fresh }: Claim<Data>): void {
    connection.takeId(undefined);
    connection.data = fresh as Data;
    this.#enterAnew(connection, hello);
  }

  #resume(
    connection: ServerConnection<Data>,
    claim: Claim<Data>,
    lost: ReadonlyMap<string, string>,
  ): void {
    const { session, hello } = claim;
    if (session.claimant !== connection) return;
    if (session.isOver) return this.#giveBack(connection, claim); // its time was over while the rules were asked
    const rooms = session.rooms!.names.filter((room) => !lost.has(room));
    const read = this.#read(rooms, hello);
    this.#after(connection, read, (readings) => {
      if (session.claimant !== connection) return;
      if (session.isOver) return this.#giveBack(connection, claim);
      session.countFrom(hello);
      connection.arrival = {
        session,
        resumed: true,
        wasAsked: true,
        secret: newSecret(),
        received: hello.received ?? 0,
        readings,
        areLate: isThenable(read),
        lost,
        previous: session.last,
      };
      this.#parts.enter(connection);
    });
  }

  /** Reads what there is to say to the positions of the peer: in these rooms, and in everybody's. */
  #read(rooms: readonly string[], { positions = {} }: HelloMessage): Eventual<ReadonlyMap<string, LogReading>> {
    const { logs } = this.#parts;
    const names = [ALL_ROOM, ...rooms];
    const answers = names.map((room) => {
      const since = Object.hasOwn(positions, room) ? positions[room] : undefined;
      return since === undefined ? logs.begin(room) : logs.missed(room, since);
    });
    if (answers.some(isThenable)) {
      return Promise.all(answers).then((readings) => new Map(readings.map((reading, at) => [names[at]!, reading])));
    }
    return answers.length === 0
      ? NO_READINGS
      : new Map(answers.map((reading, at) => [names[at]!, reading as LogReading]));
  }

  /** Goes on when something is there, unless the peer has gone meanwhile. */
  #after<Value>(connection: ServerConnection<Data>, value: Eventual<Value>, next: (value: Value) => void): void {
    if (!isThenable(value)) return next(value as Value);
    Promise.resolve(value as PromiseLike<Value>).then((value) => {
      if (connection.phase === Phase.HELLO) next(value);
    }).catch((error) => this.#fail(connection, error));
  }

  /** Nobody else looks after a connection that has said hello and is not in. */
  #fail(connection: ServerConnection<Data>, error: unknown): void {
    this.#parts.guard.report(undefined, error);
    this.#parts.kill(connection, CloseCode.INTERNAL_ERROR, "the session cannot be gone on with");
  }
}
