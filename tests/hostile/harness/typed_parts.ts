/**
 * Handlers of single types of messages: honest ones for all names that a peer might mean harm with, and some that fail as
 * their names say.
 *
 * @module
 */

import { MessageError, type WebSocketConnection, type WebSocketServer } from "../../../src/server/mod.ts";
import type { MessageContext } from "../../../src/server/types.ts";
import type { ChildChannel } from "./child_channel.ts";
import { SECRET } from "./faulty_messages.ts";
import { reporting, targetOf } from "./reports.ts";

/** Names that mean something elsewhere: to sockets, to events of ours, to objects and to promises. */
export const HANDLED_NAMES = [
  "error",
  "close",
  "open",
  "message",
  "connection",
  "disconnect",
  "connection:added",
  "message:received",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "then",
  "reply",
];

/** Every way in which a handler of a type fails. */
export const TYPED_FAULTS = [
  "throws",
  "rejects",
  "never_settles",
  "returns_cycle",
  "returns_bigint",
  "returns_function",
  "returns_symbol",
  "returns_bytes",
  "resolves_to_bigint",
  "throws_undefined",
  "returns_bad_promise",
  "refuses_with_bigint",
];

type Handler = (data: unknown, context: MessageContext) => unknown;

const FAULTY: Readonly<Record<string, Handler>> = {
  throws() {
    throw new Error(SECRET);
  },
  rejects: () => Promise.reject(new Error(SECRET)),
  never_settles: () => new Promise(() => {}),
  returns_cycle() {
    const cycle: Record<string, unknown> = { secret: SECRET };
    cycle["self"] = cycle;
    return cycle;
  },
  returns_bigint: () => ({ secret: SECRET, big: 1n }),
  returns_function: () => () => SECRET,
  returns_symbol: () => Symbol(SECRET),
  returns_bytes: () => new TextEncoder().encode(SECRET),
  resolves_to_bigint: () => Promise.resolve({ secret: SECRET, big: 1n }),
  throws_undefined() {
    throw undefined;
  },
  returns_bad_promise: () => ({
    then() {
      throw new Error(SECRET);
    },
  }),
  refuses_with_bigint() {
    throw new MessageError("refused", "You may not", { big: 1n });
  },
};

/** What well-behaved handlers do with their data: everything that might bring the data's members to life. */
const HARMLESS: Readonly<Record<string, Handler>> = {
  x: (data) => data,
  y: (data) => data,
  spread: (data) => ({ ...data as object }),
  assign: (data) => Object.assign({}, data),
  clone: (data) => structuredClone(data),
  awaited: async (data) => await Promise.resolve(data),
  /** The message whole, spread. */
  whole: (_data, { message }) => ({ ...message }),
  refuses() {
    throw new MessageError("refused", "You may not", { a: 1 });
  },
  /** Until when the peer waits, as a text that only a valid date has. */
  deadline: (_data, { deadline }) => deadline === undefined ? null : typeof deadline.toISOString(),
  silent: () => undefined,
};

/** Adds handlers to a server that has no other one for messages: there is nobody for a type that is not here. */
export function addTypedHandlers(server: WebSocketServer, channel: ChildChannel): void {
  const { onMessage: _none, ...others } = server.handlers;
  server.handlers = others;
  const handle = (type: string, handler: Handler) => server.handle(type, reporting(channel, handler));
  handle("text", (data, { connection, message }) => echo(connection, message.id, data));
  for (const name of HANDLED_NAMES) handle(name, (data, { message: { type } }) => ({ type, data }));
  for (const [type, handler] of Object.entries({ ...FAULTY, ...HARMLESS })) handle(type, handler);
  /** Answers when the test opens a gate, which may be long after the handler's time was over. */
  handle("waits", (data) => channel.gate(data as string).then(() => SECRET));
  handle("fails_late", (data) => channel.gate(data as string).then(() => Promise.reject(new Error(SECRET))));
  /** Asks the peer, and answers with its answer. */
  handle("ask_me", (data, { connection }) => connection.request("question", undefined, data as { timeoutMs: number }));
  handle("ask_me_often", (data, { connection }) => askOften(connection, data as number, channel));
  /** Gives up when its signal says so, and reports why. */
  handle("listens", (_data, { connection, signal }) => {
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => {
      const { name } = signal.reason as Error;
      channel.event({ kind: "abort", target: targetOf(connection.url), detail: { name } });
      reject(signal.reason);
    });
    return promise;
  });
}

/** Asks a peer so many questions at once, and says how many were not even sent. How the rest ended is reported. */
async function askOften(connection: WebSocketConnection, count: number, channel: ChildChannel): Promise<number> {
  let refused = 0;
  const ends = new Map<string, number>();
  const all = Array.from(
    { length: count },
    () =>
      connection.request("question", undefined, { timeoutMs: 60_000 }).catch((error: Error) => {
        if (error.name === "OutboxFullError") refused++;
        ends.set(error.name, (ends.get(error.name) ?? 0) + 1);
      }),
  );
  void Promise.all(all).then(() =>
    channel.event({ kind: "asked", target: targetOf(connection.url), detail: Object.fromEntries(ends) })
  );
  await Promise.resolve(); // what was refused at once is counted by now
  await Promise.resolve();
  return refused;
}

function echo(connection: WebSocketConnection, id: unknown, data: unknown): unknown {
  if (id === undefined) connection.send(data as string);
  return data;
}
