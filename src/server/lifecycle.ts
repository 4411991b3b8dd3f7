/**
 * How a connection comes and goes: the one way in and the one way out.
 *
 * In: opening, (hello,) open. Out: it leaves the registry first, then it is closed, then that is announced; its place
 * is given back when the socket has closed, or the deadline for that has passed. Each step happens once.
 *
 * @module
 */

import { LinkedList } from "../internal/linked_list.ts";
import { CLOSED, OPEN, type SocketEvent, type SocketEventType } from "../internal/socket_like.ts";
import { CloseCode, cutReason } from "../protocol/close_codes.ts";
import { closeInfo, closeInfoOf, readEnd } from "./close_info.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Guard } from "./guard.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { ServerLog } from "./log.ts";
import type { Holding } from "./holding.ts";
import type { ManagedPeers } from "./managed.ts";
import type { Registry } from "./registry.ts";
import type { Resumption } from "./resumption.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SignIn } from "./sign_in.ts";
import type { Counters } from "./stats.ts";
import type { Turns } from "./turns.ts";
import type { ConnectInfo } from "./types.ts";
import type { WriteWatch } from "./write_watch.ts";

/** How long each step may take, in milliseconds; 0 for any time. */
export interface LifecycleTimeouts {
  /** From the upgrade to the open socket. */
  readonly openTimeoutMs: number;
  /** From the open socket to a managed peer's hello, or to a plain peer's token where it signs in by message. */
  readonly helloTimeoutMs: number;
  /** From our close to the peer's answer. */
  readonly closeTimeoutMs: number;
}

/** The other parts that this one needs. */
export interface LifecycleParts<Data> {
  readonly registry: Registry<Data>;
  readonly scheduler: Scheduler;
  readonly counters: Counters;
  readonly guard: Guard<Data>;
  readonly log: ServerLog;
  readonly heartbeat: Heartbeat<Data>;
  readonly writes: WriteWatch<Data>;
  readonly turns: Turns<Data>;
  readonly managed: ManagedPeers<Data>;
  readonly signIn: SignIn<Data>;
  readonly holding: Pick<Holding<Data>, "release">;
  readonly resumption: Pick<Resumption<Data>, "restore" | "welcomed">;
  /** Hands over what was gathered for a connection. */
  flush(connection: ServerConnection<Data>): void;
  /** A connection came into the registry. */
  added(connection: ServerConnection<Data>): void;
  /** A connection left the registry. Tells whether its client may come back to its session. */
  removed(connection: ServerConnection<Data>): boolean;
  /** Calls back when the runtime has delivered the events that it holds, see `Platform.defer`. */
  defer(callback: () => void): void;
  /** A place was given back. */
  placeFree(): void;
}

const EVENTS: readonly SocketEventType[] = ["open", "message", "close", "error"];

/** Moves connections through their phases. */
export class Lifecycle<Data> {
  readonly #timeouts: LifecycleTimeouts;
  readonly #parts: LifecycleParts<Data>;
  /** How many connections there were. */
  #begun = 0;
  /** Those upgraded and not yet known to the application. */
  readonly #entering = new LinkedList<ServerConnection<Data>>();

  /** Puts the part together. */
  constructor(timeouts: LifecycleTimeouts, parts: LifecycleParts<Data>) {
    this.#timeouts = timeouts;
    this.#parts = parts;
  }

  /** Takes a socket whose place was taken, right after the upgrade. Does nothing that could fail. */
  begin(connection: ServerConnection<Data>): void {
    const { socket } = connection;
    connection.number = ++this.#begun;
    socket.binaryType = "arraybuffer";
    for (const type of EVENTS) socket.addEventListener(type, connection);
    this.#entering.add(connection);
    if (connection.signIn !== undefined) this.#parts.signIn.begun(connection);
    this.#wakeIn(connection, this.#timeouts.openTimeoutMs);
    if (socket.readyState === OPEN) this.#opened(connection);
    else if (socket.readyState === CLOSED) this.#end(connection);
  }

  /** Takes an event of the socket other than a message. */
  event(connection: ServerConnection<Data>, event: SocketEvent): void {
    if (event.type === "open") this.#opened(connection);
    else if (event.type === "error") this.#failed(connection, event);
    else if (event.type === "close") this.#socketClosed(connection, event);
  }

  /** The hello was said, and whoever had to sign in has: from here on the application knows the connection. */
  enter(connection: ServerConnection<Data>): void {
    const { registry, counters, heartbeat, log, managed, signIn, resumption, holding } = this.#parts;
    const previous = connection.arrival?.previous;
    this.#entering.remove(connection);
    counters.opened++;
    connection.phase = Phase.OPEN;
    this.#parts.scheduler.forget(connection);
    registry.add(connection);
    heartbeat.start(connection);
    log.opened(connection);
    if (connection.arrival !== undefined) resumption.restore(connection);
    if (connection.isManaged) managed.welcome(connection);
    if (connection.signIn !== undefined) signIn.entered(connection);
    this.#parts.added(connection);
    this.#connected(connection, resumption.welcomed(connection), previous);
    holding.release(connection);
  }

  /** Tells the application, but of one connection of a session after the other; messages wait for that. */
  #connected(
    connection: ServerConnection<Data>,
    info: ConnectInfo,
    previous: ServerConnection<Data> | undefined,
  ): void {
    const { guard, turns } = this.#parts;
    if (guard.handlers.onConnect === undefined && previous?.isTold !== false) return;
    const tell = () => guard.run(connection, () => guard.handlers.onConnect?.(connection, info));
    const pending = previous?.isTold !== false
      ? tell()
      : new Promise<void>((resolve) => previous.onTold = resolve).then(tell);
    if (pending !== undefined) turns.hold(connection, pending);
  }

  /** Ends a connection in good order, by wish of the application or at a stop. The reason is short enough. */
  close(connection: ServerConnection<Data>, code: number, reason: string): void {
    if (connection.phase >= Phase.CLOSING || connection.closeInfo !== undefined) return;
    connection.closeInfo = closeInfo(code, reason, false, undefined);
    // Deno forgets a close that comes before the opening: such a socket is closed as soon as it is open.
    if (connection.phase === Phase.OPENING) return this.#wakeIn(connection, this.#timeouts.closeTimeoutMs);
    this.#leave(connection);
    this.#closeSocket(connection, code, reason);
  }

  /** Ends, with {@linkcode close}, those that are on their way in. */
  closeEntering(code: number, reason: string): void {
    for (const connection of this.#entering.values()) this.close(connection, code, reason);
  }

  /** Ends a connection whose peer broke a rule or is dead; nothing of it that still waits is handled. */
  kill(connection: ServerConnection<Data>, code: number, reason: string, error?: Error): void {
    if (connection.phase >= Phase.CLOSING) return;
    const cut = cutReason(reason);
    if (connection.phase === Phase.OPENING) return this.close(connection, code, cut);
    connection.closeInfo = closeInfo(code, cut, false, error);
    this.#parts.turns.discard(connection);
    const wasKnown = connection.phase === Phase.OPEN;
    this.#leave(connection);
    this.#closeSocket(connection, code, cut);
    // In a turn of its own: we may be inside a handler of this very connection, or in a broadcast's loop over all.
    if (wasKnown) queueMicrotask(() => this.#parts.guard.run(connection, () => this.#announce(connection)));
  }

  /** Ends a connection that was silent, idle or stuck. */
  timeOut(connection: ServerConnection<Data>, reason: string): void {
    this.#parts.counters.timeouts++;
    this.kill(connection, CloseCode.TIMEOUT, reason);
  }

  /** The time of a connection's deadline has come; what the deadline was for follows from the phase. */
  wake(connection: ServerConnection<Data>, now: number): number | undefined {
    switch (connection.phase) {
      case Phase.OPENING:
        // The peer left during an asynchronous check: the runtime reports success, and no event ever comes.
        this.#end(connection);
        return undefined;
      case Phase.HELLO:
        this.timeOut(connection, connection.isManaged ? "no hello" : "no token");
        return undefined;
      case Phase.OPEN: {
        const nextAt = this.#parts.heartbeat.look(connection, now);
        return connection.phase === Phase.OPEN ? nextAt : undefined; // a ping that overflowed let it wait for its close
      }
      case Phase.CLOSING:
        this.#giveUp(connection);
        return undefined;
      default:
        return undefined;
    }
  }

  #opened(connection: ServerConnection<Data>): void {
    const { phase, closeInfo } = connection;
    if (phase === Phase.CLOSED) return this.#closeLate(connection);
    if (phase !== Phase.OPENING) return;
    if (closeInfo !== undefined) return this.#closeSocket(connection, closeInfo.code, closeInfo.reason);
    if (!connection.isManaged && connection.signIn === undefined) return this.enter(connection);
    connection.phase = Phase.HELLO;
    this.#wakeIn(connection, this.#timeouts.helloTimeoutMs);
    if (connection.signIn !== undefined) this.#parts.signIn.opened(connection);
  }

  /** The socket opened after its time was over. */
  #closeLate(connection: ServerConnection<Data>): void {
    const { code, reason } = connection.closeInfo ?? closeInfo(CloseCode.TIMEOUT, "opened too late", false, undefined);
    connection.socket.close(code, reason);
  }

  #failed(connection: ServerConnection<Data>, event: SocketEvent): void {
    if (connection.phase >= Phase.CLOSING) {
      // After our own close an error is only another way of saying that the socket is gone; a close may not follow.
      if (connection.socket.readyState === CLOSED) this.#end(connection);
      return;
    }
    const error = new Error(`The socket failed: ${event.message ?? "the runtime gave no reason"}`);
    connection.closeInfo = closeInfo(CloseCode.ABNORMAL, "", false, error);
    if (connection.phase === Phase.OPENING) return this.#end(connection); // a failed upgrade has no close event
    this.#leave(connection);
    this.#enterClosing(connection);
  }

  #socketClosed(connection: ServerConnection<Data>, event: SocketEvent): void {
    const { counters } = this.#parts;
    if (connection.phase === Phase.CLOSED) {
      if (connection.isZombie) {
        connection.isZombie = false;
        counters.zombies--;
      }
      return;
    }
    const end = readEnd(event);
    if (connection.closeInfo === undefined || connection.closeInfo.error !== undefined) {
      if (end.isIdle) counters.timeouts++;
      connection.closeInfo = closeInfoOf(end, connection.closeInfo?.error);
    } else if (end.wasClean || end.code !== CloseCode.ABNORMAL) {
      connection.closeInfo = { ...connection.closeInfo, wasClean: true };
    }
    this.#end(connection);
  }

  #leave(connection: ServerConnection<Data>): void {
    const { registry, heartbeat, writes, scheduler } = this.#parts;
    this.#parts.flush(connection);
    if (registry.remove(connection)) {
      heartbeat.stop(connection);
      if (this.#parts.removed(connection)) connection.closeInfo = { ...connection.closeInfo!, resumable: true };
    }
    writes.remove(connection);
    if (connection.signIn !== undefined) this.#parts.signIn.left(connection);
    scheduler.forget(connection);
  }

  #closeSocket(connection: ServerConnection<Data>, code: number, reason: string): void {
    this.#enterClosing(connection);
    this.#parts.defer(() => {
      try {
        connection.socket.close(code, reason);
      } catch (error) {
        this.#parts.guard.report(connection, error);
      }
    });
  }

  #enterClosing(connection: ServerConnection<Data>): void {
    const { counters } = this.#parts;
    connection.wasKnown = connection.phase === Phase.OPEN;
    this.#entering.remove(connection);
    connection.phase = Phase.CLOSING;
    counters.closing++;
    this.#wakeIn(connection, this.#timeouts.closeTimeoutMs);
  }

  /** The peer did not answer our close in time. */
  #giveUp(connection: ServerConnection<Data>): void {
    connection.socket.terminate?.();
    this.#end(connection);
    if (connection.socket.readyState === CLOSED) return;
    connection.isZombie = true;
    this.#parts.counters.zombies++;
    for (const type of ["message", "error"] as const) connection.socket.removeEventListener(type, connection);
  }

  /** The end of every connection, however it came. */
  #end(connection: ServerConnection<Data>): void {
    if (connection.phase === Phase.CLOSED) return;
    const { counters, registry } = this.#parts;
    if (connection.phase === Phase.CLOSING) counters.closing--;
    else connection.wasKnown = connection.phase === Phase.OPEN;
    this.#entering.remove(connection);
    this.#leave(connection);
    connection.phase = Phase.CLOSED;
    registry.giveBack(connection.remoteAddr);
    // Deno keeps a socket that broke until its idle timeout: it must not keep the connection. One that closed in good
    // order goes with its connection, and to take the listeners off it would cost a twentieth of an upgrade.
    const { socket, closeInfo } = connection;
    const isKept = socket.readyState === CLOSED && closeInfo?.wasClean !== true;
    if (isKept) { for (const type of EVENTS) socket.removeEventListener(type, connection); }
    if (connection.wasKnown) this.#announce(connection);
    else connection.reader?.end(); // a loop may be begun before the connection is open
    this.#parts.placeFree();
  }

  #announce(connection: ServerConnection<Data>): void {
    if (connection.isAnnounced) return;
    connection.isAnnounced = true;
    if (connection.turn === undefined) this.#tellClosed(connection);
    else this.#parts.turns.whenDone(connection, () => this.#tellClosed(connection));
  }

  #tellClosed(connection: ServerConnection<Data>): void {
    const { guard, log } = this.#parts;
    connection.reader?.end();
    const info = connection.closeInfo ?? closeInfo(CloseCode.ABNORMAL, "", false, undefined);
    log.closed(connection, info.code, info.reason);
    connection.isTold = true;
    const pending = guard.handlers.onClose === undefined
      ? undefined
      : guard.run(connection, () => guard.handlers.onClose?.(connection, info));
    pending?.then(undefined, (error) => guard.report(connection, error));
    connection.onTold?.();
  }

  #wakeIn(connection: ServerConnection<Data>, delayMs: number): void {
    if (delayMs > 0) this.#parts.scheduler.wakeIn(connection, delayMs);
  }
}
