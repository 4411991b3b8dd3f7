/**
 * Refuses in band: accepts the socket, says why, closes. Browsers hide the status of a refused handshake from the
 * page, so this is the only way to tell a client what to do next.
 *
 * @module
 */

import {
  CLOSED,
  OPEN,
  type SocketEvent,
  type SocketEventType,
  type SocketLike,
  type SocketListener,
} from "../internal/socket_like.ts";
import { NOWHERE } from "../internal/timing_wheel.ts";
import type { RefusedMessage } from "../protocol/messages.ts";
import type { Scheduler, Sleeper } from "./scheduler.ts";

/** Refusals of this kind that may be under way; beyond it peers get the HTTP status. */
const MAX_UNDER_WAY = 100;

/** How long a refused peer may take to open and to close, in milliseconds. */
const DEADLINE_MS = 5_000;

/** What a refused peer is told. */
export interface InBandRefusal {
  /** The close code. */
  readonly closeCode: number;
  /** The reason in the close frame. */
  readonly reason: string;
  /** The message before it, for peers that speak our protocol. */
  readonly message: RefusedMessage | undefined;
}

/** Says no to sockets that were accepted for that alone. They are connections for nobody else. */
export class InBandRefuser {
  readonly #scheduler: Scheduler;
  readonly #underWay = new Set<Refused>();

  /** Puts the part together. */
  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Whether one more may be refused in this way. */
  get hasRoom(): boolean {
    return this.#underWay.size < MAX_UNDER_WAY;
  }

  /** How many are under way. */
  get size(): number {
    return this.#underWay.size;
  }

  /** Refuses the peer behind a socket that was just upgraded. */
  refuse(socket: SocketLike, refusal: InBandRefusal): void {
    const refused = new Refused(socket, refusal, () => {
      this.#underWay.delete(refused);
      this.#scheduler.forget(refused);
    });
    this.#underWay.add(refused);
    this.#scheduler.wakeIn(refused, DEADLINE_MS);
    refused.begin();
  }
}

const EVENTS: readonly SocketEventType[] = ["open", "close", "error"];

class Refused implements SocketListener, Sleeper {
  readonly #socket: SocketLike;
  readonly #refusal: InBandRefusal;
  readonly #over: () => void;
  slot: number = NOWHERE;
  place = 0;

  constructor(socket: SocketLike, refusal: InBandRefusal, over: () => void) {
    this.#socket = socket;
    this.#refusal = refusal;
    this.#over = over;
  }

  begin(): void {
    for (const type of EVENTS) this.#socket.addEventListener(type, this);
    if (this.#socket.readyState === OPEN) this.#say();
  }

  handleEvent(event: SocketEvent): void {
    if (event.type === "open") this.#say();
    else if (event.type === "close" || this.#socket.readyState === CLOSED) this.#end();
  }

  wake(): undefined {
    this.#socket.terminate?.();
    this.#end();
  }

  #say(): void {
    const { message, closeCode, reason } = this.#refusal;
    try {
      if (message !== undefined) this.#socket.send(JSON.stringify(message));
      this.#socket.close(closeCode, reason);
    } catch {
      this.#end(); // the peer has gone already, and nobody else knows of it
    }
  }

  #end(): void {
    for (const type of EVENTS) this.#socket.removeEventListener(type, this);
    this.#over();
  }
}
