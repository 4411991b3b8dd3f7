/**
 * Peers that want in, as `authenticate` gets them.
 *
 * @module
 */

import type { ConnectionRequest } from "../../src/server/mod.ts";

/** A request with this token, or none. */
export function requestWith(
  token: string | undefined,
  more: Partial<ConnectionRequest<unknown>> = {},
): ConnectionRequest<unknown> {
  return {
    url: "http://localhost/ws",
    headers: new Headers(),
    cookies: {},
    params: {},
    remoteAddr: "127.0.0.1",
    userAgent: "",
    protocol: "",
    isManaged: false,
    token,
    userId: undefined,
    data: undefined,
    signal: new AbortController().signal,
    ...more,
  };
}
