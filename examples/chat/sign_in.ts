/**
 * Signing in by name: a visitor gives a name and gets a token for it, and shows the token whenever it connects. While
 * somebody is here, or away for a moment, nobody else can have the name.
 */

import { jwt, type JwtAuthenticate, type JwtIdentity } from "@switchboard/websocket/auth";
import { jwtVerify, SignJWT } from "jose";
import { cleanName, foldName } from "./input.ts";

/** How long a token counts. Pages renew it on the living connection. */
const LIFETIME = "1h";

/** The longest user that the server takes. */
const MAX_USER_LENGTH = 256;

/** What a token says beside the user, which is the name in the form in which names are compared. */
export interface Pass {
  /** The name as it is written. */
  readonly name: string;
  /** By which the same page is known when it comes back. */
  readonly session: string;
}

/** What the server knows of each connection. */
export type Visitor = JwtIdentity<Pass>;

/** Makes tokens and takes them. */
export class SignIn {
  /** For the server: lets in who has a token, unless the name is another's. */
  readonly authenticate: JwtAuthenticate<Visitor>;
  // Made anew with each start: tokens of before count no longer, and pages fetch another one.
  readonly #secret = crypto.getRandomValues(new Uint8Array(32));
  readonly #sessionOf: (user: string) => string | undefined;

  /** `sessionOf` tells the page of a user who is here, or away for a moment. */
  constructor(sessionOf: (user: string) => string | undefined) {
    this.#sessionOf = sessionOf;
    this.authenticate = jwt<Pass>({
      secret: this.#secret,
      claimsSchema: { "~standard": { version: 1, vendor: "chat", validate: (claims) => ({ value: claims as Pass }) } },
      check: ({ sub = "", session }) => (sessionOf(sub) ?? session) === session,
    });
  }

  /** Answers `POST /sign-in?name=…` with `{ name, token }`, or with `{ problem }`. A token that one has is renewed. */
  async respond(request: Request): Promise<Response> {
    if (request.method !== "POST") return refuse(405, "Use POST");
    const wanted = cleanName(new URL(request.url).searchParams.get("name"));
    const user = foldName(wanted);
    if (wanted === "" || user.length > MAX_USER_LENGTH) return refuse(400, "Please choose another name");
    const known = await this.#read(request.headers.get("authorization") ?? "", user);
    const owner = this.#sessionOf(user);
    if (owner !== undefined && owner !== known?.session) return refuse(409, "Somebody here has this name already");
    const pass = known ?? { name: wanted, session: crypto.randomUUID() };
    const token = await new SignJWT({ ...pass })
      .setProtectedHeader({ alg: "HS256" }).setSubject(user).setExpirationTime(LIFETIME).sign(this.#secret);
    return Response.json({ name: pass.name, token }, { headers: { "cache-control": "no-store" } });
  }

  /** What a token of ours for this user says. */
  async #read(authorization: string, subject: string): Promise<Pass | undefined> {
    try {
      const token = authorization.replace(/^Bearer /, "");
      const { payload } = await jwtVerify<Pass>(token, this.#secret, { algorithms: ["HS256"], subject });
      return { name: payload.name, session: payload.session };
    } catch {
      return undefined; // none, one of before a restart, or somebody else's
    }
  }
}

function refuse(status: number, problem: string): Response {
  return Response.json({ problem }, { status });
}
