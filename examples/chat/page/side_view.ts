/**
 * Shows the lists beside the conversation: rooms, private conversations, and who is in the room.
 */

import { LOBBY } from "../contract.ts";
import type { Conversation } from "./conversation.ts";
import { avatar, element, find, KeyedList, setText } from "./dom.ts";
import type { ChatModel } from "./model.ts";

/** A room that we are in, or could be in. */
interface RoomItem {
  readonly name: string;
  readonly people: number;
  readonly conversation: Conversation | undefined;
}

/** The lists. */
export class SideView {
  readonly #model: ChatModel;
  readonly #rooms: KeyedList<RoomItem>;
  readonly #privates: KeyedList<Conversation>;
  readonly #people: KeyedList<string>;

  /** `chosen` is called when somebody has chosen from a list. */
  constructor(model: ChatModel, chosen: () => void) {
    this.#model = model;
    const show = (place: Conversation["place"]) => {
      model.show(place);
      chosen();
    };
    this.#rooms = new KeyedList<RoomItem>(find("#rooms"), {
      key: ({ name }) => name,
      create: ({ name }) =>
        item("#", name, () => show({ room: name }), () => {
          const conversation = model.conversations.find(({ isPrivate, title }) => !isPrivate && title === name);
          if (conversation !== undefined) model.leave(conversation);
        }),
      update: (target, room) => this.#updateRoom(target, room),
    });
    this.#privates = new KeyedList<Conversation>(find("#privates"), {
      key: ({ id }) => id,
      create: (conversation) =>
        item(
          avatar(conversation.title),
          conversation.title,
          () => show(conversation.place),
          () => model.leave(conversation),
        ),
      update: (target, conversation) => this.#updatePrivate(target, conversation),
    });
    this.#people = new KeyedList<string>(find("#people"), {
      key: (name) => name,
      create: (name) => item(avatar(name), name, () => show({ person: name })),
      update: (target, name) => this.#updatePerson(target, name),
    });
  }

  /** Shows the lists as they are now. */
  show(): void {
    const { conversations, figures, open } = this.#model;
    const own = conversations.filter(({ isPrivate }) => !isPrivate);
    const known = new Set(own.map(({ title }) => title));
    this.#rooms.show([
      ...own.map((conversation) => ({ name: conversation.title, people: conversation.people.size, conversation })),
      ...figures.rooms.filter(({ name }) => !known.has(name)).map((room) => ({ ...room, conversation: undefined })),
    ]);
    const privates = conversations.filter(({ isPrivate }) => isPrivate);
    this.#privates.show(privates);
    find("#no-privates").hidden = privates.length > 0;
    this.#people.show(open === undefined || open.isPrivate ? [] : [...open.people].sort(byName));
  }

  #updateRoom(target: HTMLElement, { people, conversation }: RoomItem): void {
    target.classList.toggle("outside", conversation === undefined);
    find(".leave", target).hidden = conversation === undefined || conversation.title === LOBBY;
    setText(find(".count", target), String(people));
    find(".count", target).title = people === 1 ? "1 person" : `${people} people`;
    this.#updateState(target, conversation);
  }

  #updatePrivate(target: HTMLElement, conversation: Conversation): void {
    const isHere = this.#model.isHere(conversation.title);
    target.classList.toggle("away", !isHere);
    setText(find(".count", target), isHere ? "" : "away");
    this.#updateState(target, conversation);
  }

  #updatePerson(target: HTMLElement, name: string): void {
    const isSelf = name === this.#model.name;
    find<HTMLButtonElement>(".choose", target).disabled = isSelf;
    setText(find(".count", target), isSelf ? "you" : "");
    const isTyping = this.#model.open?.typing.includes(name) ?? false;
    target.classList.toggle("typing", isTyping);
  }

  #updateState(target: HTMLElement, conversation: Conversation | undefined): void {
    const button = find(".choose", target);
    if (conversation !== undefined && conversation === this.#model.open) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const unread = conversation?.unread ?? 0;
    const badge = find(".unread", target);
    badge.hidden = unread === 0;
    setText(badge, unread > 99 ? "99+" : String(unread));
    badge.setAttribute("aria-label", `${unread} unread`);
  }
}

/** One row: a sign, a name, a count, a number of unread lines, and a way to leave. */
function item(sign: string | HTMLElement, name: string, choose: () => void, leave?: () => void): HTMLElement {
  const button = element(
    "button",
    { type: "button", "class": "choose" },
    typeof sign === "string" ? element("span", { "class": "sign", "aria-hidden": "true" }, sign) : sign,
    element("bdi", { "class": "title" }, name),
    element("span", { "class": "count" }),
    element("span", { "class": "unread", hidden: "" }),
  );
  button.addEventListener("click", choose);
  const made = element("li", {}, button);
  if (leave !== undefined) {
    const close = element("button", { type: "button", "class": "leave", "aria-label": `Leave ${name}` }, "×");
    close.addEventListener("click", leave);
    made.append(close);
  }
  return made;
}

function byName(a: string, b: string): number {
  return a.localeCompare(b);
}
