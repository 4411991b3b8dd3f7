/** Logs in tests: messages for them, and logs that take their time. */

import type { LoggedMessage } from "../../../src/server/logs.ts";
import { MemoryLogs } from "../../../src/server/memory_logs.ts";

/** A message for a log. */
export function loggedMessage(payload: string, more: Partial<LoggedMessage> = {}): LoggedMessage {
  return { order: 0, payload, except: undefined, exceptRooms: [], key: undefined, ...more };
}

/** What was asked of the logs and is not answered yet. */
export interface Asked {
  readonly what: string;
  /** Does it, and answers. */
  answer(): void;
  fail(error: Error): void;
}

const METHODS = ["append", "begin", "missed", "newest"] as const;

/**
 * Lets the logs of all servers answer by promises, in the hands of the test, until it is disposed of: as logs do that several
 * processes share.
 */
export class PromisedLogs implements Disposable {
  readonly asked: Asked[] = [];
  readonly #originals = METHODS.map((name) => [name, MemoryLogs.prototype[name]] as const);

  constructor() {
    const { asked } = this;
    for (const [what, original] of this.#originals) {
      Object.assign(MemoryLogs.prototype, {
        [what](this: MemoryLogs, room: string, ...rest: unknown[]): Promise<unknown> {
          const { promise, resolve, reject } = Promise.withResolvers<unknown>();
          const answer = () => resolve((original as (...all: unknown[]) => unknown).call(this, room, ...rest));
          asked.push({ what: `${what} ${room}`, answer, fail: reject });
          return promise;
        },
      });
    }
  }

  /** Answers the first ones of those that were asked, each when what follows from the one before has happened. */
  async answer(count: number): Promise<void> {
    for (const { answer } of this.asked.splice(0, count)) {
      answer();
      await turn();
    }
  }

  /** Answers everything, and what is asked because of that. */
  async answerAll(): Promise<void> {
    await turn();
    while (this.asked.length > 0) await this.answer(1);
  }

  [Symbol.dispose](): void {
    Object.assign(MemoryLogs.prototype, Object.fromEntries(this.#originals));
  }
}

/** By its end all that only waited for promises has run. */
async function turn(): Promise<void> {
  for (let n = 0; n < 20; n++) await Promise.resolve();
}
