/**
 * All conversations of the page, and which of them is shown.
 */

import { Conversation, idOf, type Place } from "./conversation.ts";

/** The conversations. */
export class Conversations {
  readonly #byId = new Map<string, Conversation>();
  #open: Conversation | undefined;

  /** All of them: the rooms first, in the order in which we came into them. */
  get all(): readonly Conversation[] {
    return [...this.#byId.values()].sort((a, b) => Number(a.isPrivate) - Number(b.isPrivate));
  }

  /** The one that is shown. */
  get open(): Conversation | undefined {
    return this.#open;
  }

  /** Shows one: what is in it is read. */
  select(conversation: Conversation): void {
    this.#open = conversation;
    conversation.unread = 0;
  }

  /** Finds the one at a place. */
  find(place: Place): Conversation | undefined {
    return this.#byId.get(idOf(place));
  }

  /** The one at a place, begun if need be. */
  at(place: Place): Conversation {
    const conversation = this.find(place) ?? new Conversation(place);
    this.#byId.set(conversation.id, conversation);
    return conversation;
  }

  /** Puts one away. Where it was shown, the first one is. */
  remove(conversation: Conversation): void {
    this.#byId.delete(conversation.id);
    const [first] = this.all;
    if (this.#open === conversation && first !== undefined) this.select(first);
  }

  /** Puts all of them away. */
  clear(): void {
    this.#byId.clear();
    this.#open = undefined;
  }

  /** Whether somebody is in one of the rooms. */
  isHere(name: string): boolean {
    return this.all.some(({ people }) => people.has(name));
  }
}
