/**
 * What the server process reports of messages and connections, in the words in which the tables expect it.
 *
 * @module
 */

import type { WebSocketMessage } from "../../../src/server/mod.ts";
import type { MessageContext } from "../../../src/server/types.ts";
import type { ChildChannel } from "./child_channel.ts";
import type { ServerEvent } from "./control.ts";

/** What is reported of a message: its type, and of text the beginning. */
export function summaryOf({ type, data }: WebSocketMessage): ServerEvent["detail"] {
  const size = typeof data === "string" || data instanceof Uint8Array ? data.length : undefined;
  return { type: type.slice(0, 100), size, text: typeof data === "string" ? data.slice(0, 100) : undefined };
}

/** The target that a URL asked for. */
export function targetOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?]*/, "");
}

/** A handler that reports the message before it does what it does. */
export function reporting(
  channel: ChildChannel,
  handler: (data: unknown, context: MessageContext) => unknown,
): (data: unknown, context: MessageContext) => unknown {
  return (data, context) => {
    const { connection, message } = context;
    channel.event({ kind: "message", target: targetOf(connection.url), detail: summaryOf(message) });
    return handler(data, context);
  };
}
