/**
 * What is kept of the request that was upgraded: read before the upgrade, parsed when asked for.
 *
 * @module
 */

import { getCookies } from "@std/http/cookie";
import { type PackedHeaders, unpackHeaders } from "./packed_headers.ts";

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** The request behind a connection. */
export class Handshake {
  /** The URL with its query. */
  readonly url: string;
  readonly #packedHeaders: PackedHeaders;
  #headers: Headers | undefined;
  /** The peer's address without the port, `""` when it is unknown. */
  readonly remoteAddr: string;
  /** The parameters of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;

  /** Keeps what is given. */
  constructor(url: string, headers: PackedHeaders, remoteAddr: string, params = NO_PARAMS) {
    this.url = url;
    this.#packedHeaders = headers;
    this.remoteAddr = remoteAddr;
    this.params = params;
  }

  /** The headers. */
  get headers(): Headers {
    return this.#headers ??= unpackHeaders(this.#packedHeaders);
  }

  /** The cookies by name. What has no name is none. */
  get cookies(): Readonly<Record<string, string>> {
    const cookie = this.headers.get("cookie");
    if (cookie === null) return getCookies(this.headers);
    const named = cookie.split(";").filter((pair) => !pair.startsWith("=") && pair !== "");
    return named.length === 0 ? {} : getCookies(new Headers({ cookie: named.join(";") }));
  }

  /** The `User-Agent`, `""` when there is none. */
  get userAgent(): string {
    return this.headers.get("user-agent") ?? "";
  }
}
