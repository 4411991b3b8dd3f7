/**
 * Signs in who brings a token with the first message, and keeps what follows from every sign-in: the user's place, and
 * the expiry. Whoever was not let in is in no registry, gets nothing and is handed on nowhere.
 *
 * @module
 */

import { OPEN } from "../internal/socket_like.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import type { MessageId, WebSocketMessage } from "../protocol/messages.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Entrance, Entry, Judgement } from "./entrance.ts";
import type { Guard } from "./guard.ts";
import type { Holding } from "./holding.ts";
import { isMessageId } from "./message_context.ts";
import { PeerRequest } from "./peer_request.ts";
import { FAILED, type PeerRefusal, refusedMessage, UNAUTHORIZED } from "./refusals.ts";
import type { Refuser } from "./refuser.ts";
import type { Scheduler } from "./scheduler.ts";
import type { ExpiryWatch } from "./sign_in_expiry.ts";
import type { Renewal } from "./sign_in_renewal.ts";
import { checkToken, type FoundToken } from "./token_sources.ts";
import type { Users } from "./users.ts";

/** The other parts that this one needs. */
export interface SignInParts<Data> {
  readonly entrance: Entrance<Data>;
  readonly renewal: Renewal<Data>;
  readonly expiry: ExpiryWatch<Data>;
  readonly users: Users<Data>;
  readonly refuser: Refuser<Data>;
  readonly scheduler: Scheduler;
  readonly guard: Guard<Data>;
  readonly holding: Pick<Holding<Data>, "hold">;
  /** The user of an open connection whose session a peer with this hello may go on with, if there is one. */
  replaced(hello: WebSocketMessage): string | undefined;
  /** From here on the application knows the connection. */
  enter(connection: ServerConnection<Data>): void;
  /** Ends a connection in good order. */
  close(connection: ServerConnection<Data>, code: number, reason: string): void;
  /** Ends a connection at once. */
  kill(connection: ServerConnection<Data>, code: number, reason: string): void;
}

/** The message with which a plain peer signs in, and renews. */
const AUTHENTICATE = "authenticate";

/** Signs peers in. All of its connections have a {@linkcode ServerConnection.signIn}. */
export class SignIn<Data> {
  readonly #parts: SignInParts<Data>;

  /** Puts the part together. */
  constructor(parts: SignInParts<Data>) {
    this.#parts = parts;
  }

  /** A connection begins; a decision from before the upgrade holds from here on. */
  begun(connection: ServerConnection<Data>): void {
    const { userId } = connection.signIn!;
    connection.userId = userId;
    if (userId !== undefined) this.#parts.users.add(userId, connection);
  }

  /** A socket is open: a plain peer is let in, or judged unless its token comes in a message; a managed one has to say hello. */
  opened(connection: ServerConnection<Data>): void {
    const { isPending, token } = connection.signIn!;
    if (connection.isManaged) return;
    if (!isPending) this.#letIn(connection);
    else if (token !== undefined || !this.#parts.entrance.awaitsMessage(false)) this.#judge(connection, token);
  }

  /** A managed peer said hello. */
  hello(connection: ServerConnection<Data>, hello: WebSocketMessage): void {
    const { entrance } = this.#parts;
    const { isPending, token } = connection.signIn!;
    if (!isPending) return this.#letIn(connection);
    const shown = token ?? (entrance.awaitsMessage(true) ? checkToken(hello.token) : undefined);
    this.#judge(connection, shown, this.#parts.replaced(hello));
  }

  /** Takes a message of a plain peer that belongs to the sign-in, or comes before it; tells whether it was one. */
  takes(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): boolean {
    const isToken = message.type === AUTHENTICATE && this.#parts.entrance.awaitsMessage(false);
    if (connection.phase === Phase.OPEN) {
      if (isToken) this.#parts.renewal.ask(connection, idOf(message), tokenOf(message));
      return isToken;
    }
    if (connection.signIn!.request !== undefined) this.#parts.holding.hold(connection, message, size);
    else {
      connection.signIn!.answerTo = idOf(message);
      if (isToken) this.#judge(connection, tokenOf(message));
      else this.#refuse(connection, UNAUTHORIZED);
    }
    return true;
  }

  /** The connection is open, and the application is about to be told. */
  entered(connection: ServerConnection<Data>): void {
    const { expiry, renewal, users, close } = this.#parts;
    const state = connection.signIn!;
    expiry.watch(connection);
    if (state.answerTo !== undefined) renewal.accepted(connection, state.answerTo);
    state.answerTo = undefined;
    if (state.userId === undefined) return;
    for (const oldest of users.surplusAfter(state.userId, connection)) {
      close(oldest, CloseCode.REPLACED, "replaced by a newer connection");
    }
  }

  /** The connection ends. */
  left(connection: ServerConnection<Data>): void {
    const { expiry, users, guard } = this.#parts;
    const state = connection.signIn!;
    expiry.forget(connection);
    if (state.userId !== undefined) users.remove(state.userId, connection);
    const reason = new DOMException("The peer has left", "AbortError");
    state.request?.abort(reason, (error) => guard.report(undefined, error));
  }

  #judge(connection: ServerConnection<Data>, token: FoundToken, returningTo?: string): void {
    const { entrance, scheduler, guard } = this.#parts;
    const { protocol, isManaged } = connection;
    scheduler.forget(connection); // it has said what it was waited for
    const request = new PeerRequest<Data>({ handshake: connection, protocol, isManaged, token, data: undefined });
    request.returningTo = returningTo;
    connection.signIn!.request = request;
    entrance.judge(request, undefined, (judgement) => {
      connection.signIn!.request = undefined;
      if (connection.phase === Phase.HELLO) guard.run(connection, () => this.#conclude(connection, judgement));
    });
  }

  #conclude(connection: ServerConnection<Data>, judgement: Judgement<Data>): void {
    if (judgement.kind === "entry") return this.#accept(connection, judgement);
    if (judgement.kind === "refused") return this.#refuse(connection, judgement.refusal);
    if (judgement.kind === "gone") return;
    this.#parts.guard.report(undefined, judgement.error);
    this.#refuse(connection, FAILED);
  }

  #accept(connection: ServerConnection<Data>, { data, userId, expiresAt }: Entry<Data>): void {
    const state = connection.signIn!;
    state.isPending = false;
    state.userId = userId;
    state.expiresAt = expiresAt;
    if (data !== undefined) connection.data = data;
    this.begun(connection);
    this.#letIn(connection);
  }

  /** Time has passed since the decision, unless it is of this turn: the sign-in may be over before it began. */
  #letIn(connection: ServerConnection<Data>): void {
    if (this.#parts.expiry.leftMs(connection) === 0) this.#refuse(connection, UNAUTHORIZED);
    else this.#parts.enter(connection);
  }

  #refuse(connection: ServerConnection<Data>, refusal: PeerRefusal): void {
    const { refuser, kill } = this.#parts;
    const { answerTo } = connection.signIn!;
    refuser.count(refusal, connection.remoteAddr);
    refusal.response?.body?.cancel().catch(() => {}); // nobody will read it
    if (connection.isManaged) say(connection, refusedMessage(refusal));
    else if (answerTo !== undefined) {
      const error = { code: refusal.code, message: "The server does not let this peer in" };
      say(connection, { type: "error", id: answerTo, error });
    }
    kill(connection, refusal.closeCode, refusal.why);
  }
}

/** Sends to a peer that has no place among those to whom anything is sent. */
function say({ socket }: { readonly socket: ServerConnection<unknown>["socket"] }, message: object): void {
  try {
    if (socket.readyState === OPEN) socket.send(JSON.stringify(message));
  } catch {
    // It has gone already. The close that follows finds that out as well.
  }
}

function idOf({ id }: WebSocketMessage): MessageId | undefined {
  return isMessageId(id) ? id : undefined;
}

function tokenOf({ data }: WebSocketMessage): FoundToken {
  return checkToken(typeof data === "object" && data !== null ? data.token : undefined);
}
