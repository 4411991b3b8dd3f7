/**
 * All sessions: begins them, keeps them while their clients are away, finds them again, ends them, each once.
 *
 * @module
 */

import { closeAction } from "../protocol/close_actions.ts";
import type { HelloMessage } from "../protocol/messages.ts";
import { AnswerBook } from "./answer_book.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import { Handled } from "./handled.ts";
import type { LogBudget } from "./log_budget.ts";
import { Alarm, type Scheduler } from "./scheduler.ts";
import { Session, type SessionEnd } from "./session.ts";
import { SessionInbox } from "./session_inbox.ts";

/** How long and how many. */
export interface SessionLimits {
  /** How long a client may be away, in milliseconds; 0 where there are no sessions. */
  readonly windowMs: number;
  /** How many may be away. */
  readonly maxSuspended: number;
  /** How many of one address may be away. */
  readonly maxSuspendedPerAddress: number;
  /** Messages that are kept for one client. */
  readonly maxMessages: number;
  /** Bytes of them. */
  readonly maxBytes: number;
}

/** The other parts that this one needs. */
export interface SessionParts<Data> {
  readonly scheduler: Scheduler;
  readonly budget: LogBudget;
  /** A client is away. */
  suspended(session: Session<Data>): void;
  /** A session is over. */
  ended(session: Session<Data>, reason: SessionEnd): void;
}

/** Keeps sessions. */
export class Sessions<Data> {
  readonly #limits: SessionLimits;
  readonly #parts: SessionParts<Data>;
  readonly #byId = new Map<string, Session<Data>>();
  /** Those whose clients are away, those that went first first. */
  readonly #away = new Set<Session<Data>>();
  readonly #awayByAddress = new Map<string, Set<Session<Data>>>();
  #isStopped = false;
  readonly #awayByUser = new Map<string, Set<Session<Data>>>();

  /** Puts the part together. */
  constructor(limits: SessionLimits, parts: SessionParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /** How long a client may be away, in milliseconds; 0 where there are no sessions. */
  get windowMs(): number {
    return this.#limits.windowMs;
  }

  /** How many clients are away. */
  get suspended(): number {
    return this.#away.size;
  }

  /** Begins a session with a connection. */
  begin(connection: ServerConnection<Data>, { stream, next = 1 }: HelloMessage): Session<Data> {
    const { maxMessages, maxBytes, windowMs } = this.#limits;
    const session = new Session<Data>(connection, {
      inbox: new SessionInbox({ maxMessages, maxBytes, maxAgeMs: windowMs }, this.#parts.budget),
      answers: new AnswerBook(this.#parts.budget),
      handled: new Handled(next - 1),
      stream,
    });
    this.#byId.set(session.id, session);
    return session;
  }

  /** Finds the session that a client wants to go on with, if it is its own. */
  find({ id, secret }: NonNullable<HelloMessage["resume"]>, userId: string | undefined): Session<Data> | undefined {
    const session = this.#byId.get(id);
    if (session === undefined || session.last.userId !== userId || !session.knows(secret)) return undefined;
    return session;
  }

  /** The user of the open connection that has the session with which a client wants to go on, and may. */
  userOf({ resume }: HelloMessage): string | undefined {
    const session = resume === undefined ? undefined : this.#byId.get(resume.id);
    return session?.connection !== undefined && session.knows(resume!.secret) ? session.connection.userId : undefined;
  }

  /** Finds a session whose client is away. */
  away(id: string): Session<Data> | undefined {
    const session = this.#byId.get(id);
    return session?.connection === undefined ? session : undefined;
  }

  /** The sessions whose clients are away: all of them, or those of a user. A copy, as whoever goes through them may end them. */
  allAway(userId?: string): readonly Session<Data>[] {
    return [...(userId === undefined ? this.#away : this.#awayByUser.get(userId)) ?? []];
  }

  /** A connection has the session from now on. */
  attach(session: Session<Data>, connection: ServerConnection<Data>): void {
    this.#back(session);
    const { last } = session;
    if (last !== connection) {
      // What was asked in both directions goes on, also what the former connection begins to handle only now.
      connection.asked ??= last.asked;
      connection.exchanges = last.exchanges ??= new Set();
    }
    session.connection = connection;
    session.last = connection;
    connection.session = session;
  }

  /** A connection is not open any more. Tells whether its client may come back. */
  left(connection: ServerConnection<Data>): boolean {
    const session = connection.session!;
    if (session.connection !== connection || session.isOver) return false;
    session.connection = undefined;
    if (this.#isStopped) {
      this.end(session, "stopped");
      return false;
    }
    const mayResume = closeAction(connection.closeInfo?.code ?? 1006) !== "stop" && !session.isEnding;
    if (!mayResume && !session.isMoving) {
      this.end(session, session.isEnding ? "revoked" : "closed");
      return false;
    }
    this.#suspend(session);
    return !session.isOver; // where too many are away it may have had to go at once
  }

  /** Ends a session, for good. */
  end(session: Session<Data>, reason: SessionEnd): void {
    if (session.isOver) return;
    session.isOver = true;
    this.#back(session);
    this.#byId.delete(session.id);
    session.inbox.clear();
    session.answers.clear();
    this.#parts.ended(session, reason);
    session.rooms = undefined;
  }

  /** The server stops, or begins again: nobody can come back to a session of before. */
  setStopped(isStopped: boolean): void {
    this.#isStopped = isStopped;
    if (isStopped) this.endAway("stopped");
  }

  /** Ends everything of one user, or of all, whose client is away; connections are ended by others, and sessions with them. */
  endAway(reason: SessionEnd, userId?: string): void {
    for (const session of this.allAway(userId)) this.end(session, reason);
  }

  #suspend(session: Session<Data>): void {
    const { scheduler, suspended } = this.#parts;
    const { maxSuspended, maxSuspendedPerAddress, windowMs } = this.#limits;
    const { remoteAddr, userId } = session.last;
    this.#away.add(session);
    const neighbours = addTo(this.#awayByAddress, remoteAddr, session);
    if (userId !== undefined) addTo(this.#awayByUser, userId, session);
    session.alarm = new Alarm(() => this.end(session, "expired"));
    scheduler.wakeIn(session.alarm, windowMs);
    suspended(session);
    if (remoteAddr !== "" && neighbours.size > maxSuspendedPerAddress) this.#evict(neighbours);
    if (this.#away.size > maxSuspended) this.#evict(this.#away);
  }

  /** Whoever went first goes for good, unless it is just coming back. */
  #evict(sessions: ReadonlySet<Session<Data>>): void {
    for (const session of sessions) {
      if (session.claimant?.phase === Phase.HELLO) continue;
      return this.end(session, "evicted");
    }
  }

  /** A client is not away any more. */
  #back(session: Session<Data>): void {
    if (!this.#away.delete(session)) return;
    const { remoteAddr, userId } = session.last;
    takeFrom(this.#awayByAddress, remoteAddr, session);
    if (userId !== undefined) takeFrom(this.#awayByUser, userId, session);
    this.#parts.scheduler.forget(session.alarm!);
    session.alarm = undefined;
  }
}

function addTo<Item>(sets: Map<string, Set<Item>>, key: string, item: Item): Set<Item> {
  let set = sets.get(key);
  if (set === undefined) sets.set(key, set = new Set());
  set.add(item);
  return set;
}

function takeFrom<Item>(sets: Map<string, Set<Item>>, key: string, item: Item): void {
  const set = sets.get(key);
  set?.delete(item);
  if (set?.size === 0) sets.delete(key);
}
