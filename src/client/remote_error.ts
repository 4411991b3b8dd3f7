/**
 * What the server said when it said no. Pure.
 *
 * @module
 */

import type { RemoteError } from "../errors.ts";
import type { Shared } from "./shared.ts";

/** Makes an error of it. Servers that are not of this module may say anything. */
export function toRemoteError(error: unknown, { RemoteError }: Pick<Shared, "RemoteError">): RemoteError {
  const { code = "unknown", message = error, data } = Object(error) as Record<string, unknown>;
  return new RemoteError(String(code), String(message), data);
}
