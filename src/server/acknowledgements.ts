/**
 * Tells clients which of their counted messages were handled, not each by itself; and hears the same of ours.
 *
 * @module
 */

import { ConnectionClosedError } from "../errors.ts";
import type { ServerConnection } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import { Alarm, type Scheduler } from "./scheduler.ts";
import type { AckWaiter, Session } from "./session.ts";

/** After how many messages an acknowledgement is sent at once. */
const MAX_UNTOLD = 32;

/** How long others are waited for, in milliseconds. Below the second that the protocol allows. */
const TELL_AFTER_MS = 250;

const FORGOTTEN =
  "The message is lost: the connection broke, and more was sent to the client since than is kept for it. " +
  'Raise "resume.maxMessages" or "resume.maxBytes"';

/** Acknowledges. */
export class Acknowledgements<Data> {
  readonly #scheduler: Scheduler;
  readonly #delivery: Pick<Delivery<Data>, "control">;
  /** Sessions whose clients are to be told. */
  #due: Session<Data>[] = [];
  readonly #alarm = new Alarm(() => this.#tellAll());

  /** Puts the part together. */
  constructor(scheduler: Scheduler, delivery: Pick<Delivery<Data>, "control">) {
    this.#scheduler = scheduler;
    this.#delivery = delivery;
  }

  /** One of the client's messages was handled. */
  settled(session: Session<Data>, number: number): void {
    const { handled } = session;
    if (session.isOver) return; // a handler that ends its own connection
    handled.settle(number);
    const { done } = handled;
    if (done - session.acknowledged >= MAX_UNTOLD || done >= session.ackWantedFor && session.ackWantedFor > 0) {
      this.#tell(session);
    } else if (!session.isAckDue) {
      session.isAckDue = true;
      if (this.#due.push(session) === 1) this.#scheduler.wakeIn(this.#alarm, TELL_AFTER_MS);
    }
  }

  /** The client waits for the acknowledgement of this message. */
  wanted(session: Session<Data>, number: number): void {
    session.ackWantedFor = number;
  }

  /** The client has everything of ours up to this number. Tells whether that can be. */
  received(session: Session<Data>, number: number): boolean {
    if (!session.inbox.acknowledge(number)) return false;
    session.answers.acknowledged(number);
    const { waiters } = session;
    while (waiters !== undefined && waiters.length > 0 && waiters[0]!.number <= number) waiters.shift()!.resolve();
    return true;
  }

  /** Waits until the client has everything up to the last message that was sent to it. */
  wait(session: Session<Data>, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (): void => signal?.removeEventListener("abort", onAbort);
      const waiter = {
        number: session.inbox.end,
        resolve() {
          over();
          resolve();
        },
        reject(error: Error) {
          over();
          reject(error);
        },
      };
      const onAbort = (): void => {
        session.waiters = session.waiters?.filter((other) => other !== waiter);
        waiter.reject(signal!.reason);
      };
      (session.waiters ??= []).push(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /**
   * The client is back. It has received what was sent up to `received`, but may not have handled it yet: that it says by
   * itself. What was forgotten behind that, up to `next`, it will never have.
   */
  returned(session: Session<Data>, received: number, next: number): void {
    session.answers.acknowledged(received);
    const { waiters = [] } = session;
    const isForgotten = ({ number }: AckWaiter) => number > received && number < next;
    const forgotten = waiters.filter(isForgotten);
    if (forgotten.length > 0) session.waiters = waiters.filter((waiter) => !isForgotten(waiter));
    for (const waiter of forgotten) waiter.reject(new ConnectionClosedError(FORGOTTEN, 1006, ""));
    // What it was told last may have been lost.
    if (session.handled.done > 0) this.#tell(session);
  }

  /** Nothing more will be acknowledged in this session. */
  ended(session: Session<Data>): void {
    const { waiters, last } = session;
    if (session.isAckDue) {
      session.isAckDue = false;
      this.#due = this.#due.filter((each) => each !== session);
      if (this.#due.length === 0) this.#scheduler.forget(this.#alarm);
    }
    if (waiters === undefined) return;
    const { code = 1006, reason = "" } = last.closeInfo ?? {};
    const text = "Cannot tell whether the message arrived as the session is over";
    for (const waiter of waiters.splice(0)) waiter.reject(new ConnectionClosedError(text, code, reason));
  }

  #tellAll(): void {
    const due = this.#due;
    this.#due = [];
    for (const session of due) {
      session.isAckDue = false;
      if (session.handled.done > session.acknowledged) this.#tell(session);
    }
  }

  /** Where the client is away it learns at its return what was received, and hears later that it was handled. */
  #tell(session: Session<Data>): void {
    const { connection, handled: { done } } = session;
    if (connection === undefined) return;
    session.acknowledged = done;
    if (session.ackWantedFor <= done) session.ackWantedFor = 0;
    this.#delivery.control(connection as ServerConnection<Data>, { type: "$ack", n: done });
  }
}
