/** Logs in tests: messages for them, and logs that take their time. */

import type { Position } from "../../../src/protocol/messages.ts";
import type { LoggedMessage, LogReading, Logs } from "../../../src/server/logs.ts";

/** A message for a log. */
export function loggedMessage(payload: string, more: Partial<LoggedMessage> = {}): LoggedMessage {
  return { order: 0, payload, except: undefined, exceptRooms: [], key: undefined, ...more };
}

/** Answers like the logs that it is given, but each time by a promise in the hands of the test. */
export class SlowLogs implements Logs {
  readonly #logs: Logs;
  /** What was asked and is not answered yet, in its order. */
  readonly asked: { readonly what: string; answer(): void; fail(error: Error): void }[] = [];

  constructor(logs: Logs) {
    this.#logs = logs;
  }

  keeps(room: string): boolean {
    return this.#logs.keeps(room);
  }

  keepsStates(room: string): boolean {
    return this.#logs.keepsStates(room);
  }

  append(room: string, message: LoggedMessage): PromiseLike<number> {
    return this.#later(`append ${room}`, this.#logs.append(room, message));
  }

  begin(room: string): PromiseLike<LogReading> {
    return this.#later(`begin ${room}`, this.#logs.begin(room));
  }

  missed(room: string, since: Position): PromiseLike<LogReading> {
    return this.#later(`missed ${room}`, this.#logs.missed(room, since));
  }

  newest(room: string, limit: number): PromiseLike<LogReading> {
    return this.#later(`newest ${room}`, this.#logs.newest(room, limit));
  }

  forget(room: string, key?: string): void {
    this.#logs.forget(room, key);
  }

  touch(room: string): void {
    this.#logs.touch(room);
  }

  /** Answers everything, and what is asked because of that. */
  async answerAll(): Promise<void> {
    for (let idle = 0; idle < 20; idle++) {
      for (const { answer } of this.asked.splice(0)) {
        idle = 0;
        answer();
      }
      await Promise.resolve();
    }
  }

  /** What it reads it has read when it is asked: whatever comes later is not in it. */
  #later<Value>(what: string, value: Value | PromiseLike<Value>): PromiseLike<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.asked.push({ what, answer: () => resolve(value), fail: reject });
    return promise;
  }
}
