/**
 * Parts of a server's configuration that fail, dawdle or flood when a peer's query or message says so.
 *
 * @module
 */

import type { OriginRule, WebSocketConfig, WebSocketConnection, WebSocketHandlers } from "../../../src/server/mod.ts";
import { denoPlatform } from "../../../src/server/deno.ts";
import type { Platform } from "../../../src/server/platform.ts";
import type { ChildChannel } from "./child_channel.ts";

/** What of an upgrade can fail before the runtime has taken the connection over, by its name in the query. */
export const UPGRADE_FAULTS = {
  data_throws: "the function for data throws",
  headers_are_invalid: "the function for headers returns what is no header",
  headers_throw: "the function for headers throws",
};
/** The same for what fails when it has. */
export const AFTER_UPGRADE = "throw_after_upgrade";

/** A handler, and the way in which it fails: `message_rejects` for example. */
export const HANDLER_FAULTS = ["connect", "message", "close", "error"].flatMap((handler) =>
  ["throws", "throws_undefined", "throws_bare_object", "rejects", "rejects_with_bare_object", "returns_bad_promise"]
    .map((way) => `${handler}_${way}`)
);

/** A text that makes {@linkcode stubborn} handlers send without end. */
export const FLOOD_ME = "flood me";
/** A text that makes {@linkcode stubborn} handlers close the connection with 4000. */
export const CLOSE_ME = "close me";

const FLOOD_PIECE = new Uint8Array(1_048_576);
const MAX_FLOOD_PIECES = 64;

/** An upgrade in which something of the application or of the runtime fails. */
export function faultyUpgrade(): Pick<WebSocketConfig, "data" | "headers" | "platform"> {
  const platform: Platform = {
    ...denoPlatform,
    upgrade: (request, options) => {
      const upgraded = denoPlatform.upgrade(request, options);
      if (faultOf(request.url) === AFTER_UPGRADE) throw new Error("The runtime fails after the upgrade");
      return upgraded;
    },
  };
  return {
    platform,
    data: ({ url }) => {
      if (faultOf(url) === "data_throws") throw new Error("The function for data fails");
      return {};
    },
    headers: ({ url }): HeadersInit => {
      if (faultOf(url) === "headers_throw") throw new Error("The function for headers fails");
      return faultOf(url) === "headers_are_invalid" ? [["x-broken", "a\r\nb"]] : {};
    },
  };
}

/** Handlers that fail as the query says: each of them echoes or does nothing otherwise. */
export function faultyHandlers(): WebSocketHandlers {
  const fail = (handler: string, connection: WebSocketConnection | undefined): void | Promise<void> => {
    const [, name, way] = /^([a-z]+)_(.+)$/.exec(faultOf(connection?.url ?? "") ?? "") ?? [];
    return name === handler ? failIn(way!) : undefined;
  };
  return {
    onConnect: (connection) => fail("connect", connection),
    onMessage: (connection, message) => {
      if (message.type === "text") connection.send(message.data as string);
      // An error is needed for its handler to be called at all.
      if (faultOf(connection.url)?.startsWith("error_")) throw new Error("The handler of messages fails");
      return fail("message", connection);
    },
    onClose: (connection) => fail("close", connection),
    onError: (connection) => fail("error", connection),
  };
}

/** Handlers for a peer that is about to stop reading or answering. */
export function stubborn(): WebSocketHandlers {
  return {
    onMessage: (connection, { data }) => {
      if (data === CLOSE_ME) return connection.close(4000, "as you wish");
      if (data !== FLOOD_ME) return void connection.send(data as string);
      for (let piece = 0; piece < MAX_FLOOD_PIECES && connection.isOpen; piece++) connection.send(FLOOD_PIECE);
    },
  };
}

/** A check that takes its time, for requests that carry an Origin. */
export function slowOrigins(channel: ChildChannel): OriginRule {
  return async (_origin, request) => {
    const { pathname, search } = new URL(request.url);
    channel.event({ kind: "check", target: pathname + search, detail: {} });
    await channel.gate("origin");
    return true;
  };
}

function faultOf(url: string): string | undefined {
  return /[?&]fault=([a-z_]+)/.exec(url)?.[1];
}

function failIn(way: string): void | Promise<void> {
  switch (way) {
    case "throws":
      throw new Error("The handler fails");
    case "throws_undefined":
      throw undefined;
    case "throws_bare_object":
      throw Object.create(null);
    case "rejects":
      return Promise.reject(new Error("The handler fails later"));
    case "rejects_with_bare_object":
      return Promise.reject(Object.create(null));
    case "returns_bad_promise":
      return {
        then: () => {
          throw new Error("This is no promise");
        },
      } as unknown as Promise<void>;
  }
}
