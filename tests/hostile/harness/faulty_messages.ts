/**
 * Handlers and middleware of messages that do wrong when the type of a message says so.
 *
 * @module
 */

import type {
  Sendable,
  WebSocketConnection,
  WebSocketHandlers,
  WebSocketMessage,
  WebSocketMiddleware,
} from "../../../src/server/mod.ts";
import type { ChildChannel } from "./child_channel.ts";

/** Stands in every error that the handlers throw, and must never reach a peer. */
export const SECRET = "the password is swordfish";

/** What cannot be sent, by the type of the message that asks for it. */
const UNSENDABLE: Readonly<Record<string, () => unknown>> = {
  sends_cycle: () => {
    const cycle: Record<string, unknown> = { type: "cycle" };
    cycle["self"] = cycle;
    return cycle;
  },
  sends_bigint: () => ({ type: "big", data: 1n }),
  sends_function: () => () => SECRET,
  sends_symbol: () => Symbol(SECRET),
};

/** A handler of messages that fails as the message's type says, and echoes all others. */
export function faultyMessages(): WebSocketHandlers {
  return {
    onMessage: (connection, message) => {
      const unsendable = UNSENDABLE[message.type];
      if (unsendable !== undefined) return void connection.send(unsendable() as Sendable);
      return failAs(message.type) ?? echo(connection, message);
    },
  };
}

/** A handler that rejects when the data of a message says so, and echoes all others. */
export function handlerBehindMiddleware(): WebSocketHandlers {
  return {
    onMessage: (connection, message) =>
      message.data === "reject" ? Promise.reject(new Error(SECRET)) : echo(connection, message),
  };
}

/** A middleware that misuses `next` as the message's type says, and hands on all others. */
export function clumsyMiddleware(channel: ChildChannel): WebSocketMiddleware {
  return {
    message: (connection, message, next) => {
      const way: unknown = message.type === "handled" ? message.misuse : message.type;
      switch (way) {
        case "next_never":
          return;
        case "next_twice":
          void next();
          return next();
        case "next_twice_in_turn":
          return Promise.resolve(next()).then(() => next());
        case "next_after_close":
          connection.close(4000, "by the middleware");
          return next();
        case "next_after_the_end":
          return channel.gate(message.data as string).then(() => next());
        case "next_by_a_timer":
          return void setTimeout(() => void next());
        case "next_forgotten":
          return void next();
        case "next_forgotten_in_a_promise":
          return Promise.resolve().then(() => void next());
        default:
          return next();
      }
    },
  };
}

/** Reads in a loop, which waits, throws or is left when a message's type says so. What it does not take is echoed. */
export function pulling(channel: ChildChannel): WebSocketHandlers {
  return {
    onConnect: async (connection) => {
      for await (const message of connection) {
        if (message.type === "leave_loop") break;
        if (message.type === "loop_waits") await channel.gate(message.data as string);
        if (message.type === "loop_throws") throw new Error(SECRET);
        echo(connection, { ...message, ...message.type === "text" ? {} : { isPulled: true } });
      }
    },
    onMessage: (connection, message) => echo(connection, message),
  };
}

function failAs(type: string): Promise<void> | undefined {
  switch (type) {
    case "throws":
      throw new Error(SECRET);
    case "rejects":
      return Promise.reject(new Error(SECRET));
    case "never_settles":
      return new Promise(() => {});
    default:
      return undefined;
  }
}

function echo(connection: WebSocketConnection, message: WebSocketMessage): void {
  connection.send(message.type === "text" ? message.data as string : message);
}
