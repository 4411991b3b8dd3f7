/**
 * What the chat's page and its server say to each other: types alone, so that both sides agree and nothing is loaded.
 */

/** Where something is said: in a room, or to one person in private. */
export type Place = { readonly room: string } | { readonly person: string };

/** Something that was said. */
export interface Line {
  /** Chosen by the sender's page, under the sender's name: the same line sent twice has the same id. */
  readonly id: string;
  readonly from: string;
  readonly text: string;
  /** When the server got it, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** What a page sends. */
export type PageMessage =
  /** I am this person, and want to be in these rooms. `key` is a secret by which the same page comes back as the same person. */
  | { readonly type: "enter"; readonly data: { name: string; key: string; rooms: readonly string[] } }
  | { readonly type: "join"; readonly data: { room: string } }
  | { readonly type: "leave"; readonly data: { room: string } }
  /** `nonce` makes the line's id; a line that is sent again after a lost connection has the same. */
  | { readonly type: "say"; readonly data: { place: Place; text: string; nonce: string } }
  | { readonly type: "typing"; readonly data: { place: Place } };

/** What the server sends. A `Place` is always as its receiver sees it: a private one names the other person. */
export type ServerMessage =
  /** You are in, under this name. */
  | { readonly type: "entered"; readonly data: { name: string } }
  /** You cannot have this name. */
  | { readonly type: "refused"; readonly data: { text: string } }
  /** You are in this room, with these people (yourself too); the last lines that were said in it. */
  | { readonly type: "room"; readonly data: { room: string; people: readonly string[]; lines: readonly Line[] } }
  | { readonly type: "joined"; readonly data: { room: string; name: string; people: number } }
  | { readonly type: "left"; readonly data: { room: string; name: string; people: number } }
  | { readonly type: "said"; readonly data: { place: Place; line: Line } }
  | { readonly type: "typing"; readonly data: { place: Place; name: string } }
  /** Something that you asked for was not done; with its nonce, if it was a line. */
  | { readonly type: "problem"; readonly data: { text: string; nonce?: string } }
  /** Once a second, to everybody who is connected. */
  | { readonly type: "figures"; readonly data: Figures };

/** How busy the server is. */
export interface Figures {
  readonly connections: number;
  /** Messages per second that the server received, and handed to sockets. */
  readonly received: number;
  readonly sent: number;
  /** The rooms, and how many people are in each. */
  readonly rooms: readonly { readonly name: string; readonly people: number }[];
}
