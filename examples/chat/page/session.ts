/**
 * What a tab keeps, so that it comes back as the same person after a reload, and how it signs in. Each tab is somebody of
 * its own.
 */

const STORAGE_KEY = "switchboard-chat";

/** A person's stay in the chat. */
export interface Session {
  /** `""` for who has not entered. */
  name: string;
  /** What the server gave us for the name; `""` before. */
  token: string;
  rooms: string[];
  /** The room that was shown last. */
  open: string;
}

/** The server does not let us in under this name. The message is for the person. */
export class SignInRefused extends Error {}

/** Reads what the tab has kept, or begins anew. */
export function loadSession(): Session {
  const fresh = { name: "", token: "", rooms: [], open: "" };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "{}") };
  } catch {
    return fresh; // no storage, or none of ours: then the page works without
  }
}

/** Keeps it. */
export function saveSession(session: Session): void {
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(session));
  } catch {
    // As above.
  }
}

/**
 * Gets a token for the session's name, or a new one for the one that it has.
 *
 * @throws {SignInRefused} If the server says no.
 */
export async function signIn(session: Session): Promise<void> {
  const headers = session.token === "" ? {} : { authorization: `Bearer ${session.token}` };
  const response = await fetch(`/sign-in?name=${encodeURIComponent(session.name)}`, { method: "POST", headers });
  const { name, token, problem } = await response.json();
  if (!response.ok) throw new SignInRefused(problem);
  session.name = name;
  session.token = token;
}

/** 128 random bits as text. Not `randomUUID()`: browsers have that only where the page came by https. */
export function randomText(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
