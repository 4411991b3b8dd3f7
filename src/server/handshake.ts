/**
 * What is kept of the request that was upgraded: read before the upgrade, parsed when asked for.
 *
 * @module
 */

import { getCookies } from "@std/http/cookie";

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** The request behind a connection. */
export class Handshake {
  /** The URL with its query. */
  readonly url: string;
  /** The headers. */
  readonly headers: Headers;
  /** The peer's address without the port, `""` when it is unknown. */
  readonly remoteAddr: string;
  /** The parameters of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;

  /** Keeps what is given. */
  constructor(url: string, headers: Headers, remoteAddr: string, params = NO_PARAMS) {
    this.url = url;
    this.headers = headers;
    this.remoteAddr = remoteAddr;
    this.params = params;
  }

  /** The cookies by name. */
  get cookies(): Readonly<Record<string, string>> {
    return getCookies(this.headers);
  }

  /** The `User-Agent`, `""` when there is none. */
  get userAgent(): string {
    return this.headers.get("user-agent") ?? "";
  }
}
