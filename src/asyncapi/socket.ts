/**
 * Where the socket is: its path and servers, read from the options. Pure.
 *
 * @module
 */

import { show } from "../internal/checks.ts";
import type { AsyncApiChannel, AsyncApiOptions, AsyncApiServer } from "./types.ts";

/** A parameter of a path such as `"/ws/:room"`. */
const PARAMETER = /:([A-Za-z_][A-Za-z0-9_]*)/g;

/** The channel without its messages, and the servers, `undefined` when nothing was told of them. */
export interface Socket {
  readonly channel: Omit<AsyncApiChannel, "messages">;
  readonly servers: Readonly<Record<string, AsyncApiServer>> | undefined;
}

/**
 * Reads where the socket is.
 *
 * @throws {TypeError} If `url` is not one of a WebSocket, or comes together with `servers`.
 */
export function describeSocket({ url, servers, path }: Pick<AsyncApiOptions, "url" | "servers" | "path">): Socket {
  const parsed = url === undefined ? undefined : parse(url);
  if (parsed !== undefined && servers !== undefined) {
    throw new TypeError('Cannot make an AsyncAPI document as "url" and "servers" say the same: give one of them');
  }
  const address = (path ?? parsed?.pathname ?? "/").replace(PARAMETER, "{$1}");
  const parameters = [...(path ?? "").matchAll(PARAMETER)].map(([, name = ""]) => [name, PATH_PARAMETER] as const);
  return {
    channel: {
      address,
      title: "The socket",
      description: "Text frames hold JSON: plain peers send and get one message in each; peers that ask for the " +
        "subprotocol switchboard.v1 may send and get an array of them.",
      ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
      bindings: { ws: { method: "GET", bindingVersion: "0.1.0" } },
    },
    servers: parsed === undefined ? servers : { main: { host: parsed.host, protocol: parsed.protocol } },
  };
}

const PATH_PARAMETER = { description: 'One or more characters, none of them "/"' };

function parse(url: string): { host: string; protocol: "ws" | "wss"; pathname: string } {
  const parsed = URL.parse(url);
  const protocol = parsed?.protocol.slice(0, -1);
  if (parsed === null || (protocol !== "ws" && protocol !== "wss")) {
    throw new TypeError(
      `Cannot make an AsyncAPI document as "url" must be a ws: or wss: URL: current value is ${show(url)}`,
    );
  }
  return { host: parsed.host, protocol, pathname: parsed.pathname };
}
