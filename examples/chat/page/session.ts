/**
 * What a tab keeps, so that it comes back as the same person after a reload. Each tab is somebody of its own.
 */

const STORAGE_KEY = "switchboard-chat";

/** A person's stay in the chat. */
export interface Session {
  /** `""` for who has not entered. */
  name: string;
  /** A secret by which the server knows that it is the same page that comes back under this name. */
  key: string;
  rooms: string[];
  /** The room that was shown last. */
  open: string;
}

/** Reads what the tab has kept, or begins anew. */
export function loadSession(): Session {
  const fresh = { name: "", key: randomText(), rooms: [], open: "" };
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

/** 128 random bits as text. Not `randomUUID()`: browsers have that only where the page came by https. */
export function randomText(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
