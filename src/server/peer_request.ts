/**
 * A peer that is judged, as `authenticate` and connection middleware see it.
 *
 * @module
 */

import { abortSafely } from "../internal/abort.ts";
import type { ConnectionRequest } from "./sign_in_types.ts";
import { type FoundToken, NO_TOKEN } from "./token_sources.ts";
import type { WebSocketConnection } from "./types.ts";

/** What is known of a peer's handshake: the handshake itself, or the connection that came of it. */
export type PeerHandshake = Pick<
  ConnectionRequest,
  "url" | "headers" | "cookies" | "params" | "remoteAddr" | "userAgent"
>;

/** What a {@linkcode PeerRequest} is made of. */
export interface PeerRequestSetup<Data> {
  readonly handshake: PeerHandshake;
  readonly protocol: string;
  readonly isManaged: boolean;
  readonly token: FoundToken;
  readonly data: Data | undefined;
  /** The open connection that renews. */
  readonly connection?: WebSocketConnection<Data>;
}

/** The request behind {@linkcode ConnectionRequest}. */
export class PeerRequest<Data> implements ConnectionRequest<Data> {
  readonly #handshake: PeerHandshake;
  readonly protocol: string;
  readonly isManaged: boolean;
  readonly token: string | undefined;
  /** Whether something stood in the token's place that can be none. */
  readonly hasBadToken: boolean;
  readonly connection: WebSocketConnection<Data> | undefined;
  /** The user of an open connection whose place the peer takes, as it goes on with its session. Written by the sign-in. */
  returningTo: string | undefined = undefined;
  /** Written by the entrance. */
  userId: string | undefined = undefined;
  #data: Data | undefined;
  #controller: AbortController | undefined;
  #abortReason: DOMException | undefined;

  /** Makes the request of a peer about whom nothing is known yet. */
  constructor({ handshake, protocol, isManaged, token, data, connection }: PeerRequestSetup<Data>) {
    this.#handshake = handshake;
    this.protocol = protocol;
    this.isManaged = isManaged;
    this.token = token === NO_TOKEN ? undefined : token;
    this.hasBadToken = token === NO_TOKEN;
    this.connection = connection;
    this.#data = data;
  }

  get url(): string {
    return this.#handshake.url;
  }

  get headers(): Headers {
    return this.#handshake.headers;
  }

  get cookies(): Readonly<Record<string, string>> {
    return this.#handshake.cookies;
  }

  get params(): Readonly<Record<string, string>> {
    return this.#handshake.params;
  }

  get remoteAddr(): string {
    return this.#handshake.remoteAddr;
  }

  get userAgent(): string {
    return this.#handshake.userAgent;
  }

  /** Made when first asked for, as that of a connection. */
  get data(): Data {
    return this.#data ??= {} as Data;
  }

  set data(data: Data) {
    this.#data = data;
  }

  /** The data, if anybody made or asked for it. */
  get givenData(): Data | undefined {
    return this.#data;
  }

  /** Made when first asked for: most checks end before anybody could wait for it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  /** Whether nobody waits for the decision any more. */
  get isAborted(): boolean {
    return this.#abortReason !== undefined;
  }

  /** Nobody waits for the decision any more; `failed` is told what listeners of the signal throw. */
  abort(reason: DOMException, failed: (error: unknown) => void): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    if (this.#controller !== undefined) abortSafely(this.#controller, reason, failed);
  }
}
