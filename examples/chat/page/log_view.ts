/**
 * Shows what was said in a conversation, and keeps the end of it in sight for who has not scrolled away from it.
 */

import type { Conversation, Entry } from "./conversation.ts";
import { avatar, element, find, hueOf, KeyedList } from "./dom.ts";
import { findLinks } from "./links.ts";
import type { ChatModel } from "./model.ts";

/** Lines of one person closer together than this stand under one name. */
const GROUP_MS = 5 * 60_000;

/** Nearer to the end than this is at the end. */
const NEAR_END_PX = 60;

/** An entry, and how it stands to the one before. */
interface Shown {
  readonly entry: Entry;
  readonly followsOwn: boolean;
}

/** The log of the conversation that is shown. */
export class LogView {
  readonly #model: ChatModel;
  readonly #log = find("#log");
  readonly #list = find("#lines");
  readonly #newer = find("#newer");
  readonly #shown = new WeakMap<HTMLElement, Shown>();
  #lines: KeyedList<Shown> = this.#emptyList();
  #conversation: Conversation | undefined;
  #isAtEnd = true;

  /** Shows nothing yet. */
  constructor(model: ChatModel) {
    this.#model = model;
    this.#log.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#log;
      this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
      if (this.#isAtEnd) this.#newer.hidden = true;
    }, { passive: true });
    this.#newer.addEventListener("click", () => this.#goToEnd());
    new ResizeObserver(() => this.#isAtEnd && this.#goToEnd()).observe(this.#log);
  }

  /** Shows a conversation as it is now. */
  show(conversation: Conversation | undefined): void {
    const isOther = conversation !== this.#conversation;
    if (isOther) {
      this.#conversation = conversation;
      this.#list.replaceChildren();
      this.#lines = this.#emptyList();
      this.#isAtEnd = true;
    }
    const entries = conversation?.entries ?? [];
    const before = this.#list.lastElementChild;
    // What was there before is not news, and is not to be read out.
    this.#log.setAttribute("aria-live", isOther ? "off" : "polite");
    this.#lines.show(entries.map((entry, i) => ({ entry, followsOwn: follows(entry, entries[i - 1]) })));
    find("#empty").hidden = entries.length > 0;
    if (this.#list.lastElementChild === before) return;
    const last = entries.at(-1);
    if (this.#isAtEnd || (last?.kind === "line" && last.state === "waiting")) this.#goToEnd();
    else this.#newer.hidden = false;
  }

  #emptyList(): KeyedList<Shown> {
    return new KeyedList<Shown>(this.#list, {
      key: ({ entry }) => entry.id,
      create: () => element("li"),
      update: (target, item) => this.#fill(target, item),
    });
  }

  #goToEnd(): void {
    this.#isAtEnd = true;
    this.#newer.hidden = true;
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** Entries are never changed, only replaced: what is the same need not be made again. */
  #fill(target: HTMLElement, item: Shown): void {
    const before = this.#shown.get(target);
    if (before?.entry === item.entry && before.followsOwn === item.followsOwn) return;
    this.#shown.set(target, item);
    const { entry, followsOwn } = item;
    if (entry.kind === "note") {
      target.className = "note";
      target.replaceChildren(element("span", { dir: "auto" }, entry.text));
      return;
    }
    const { line, state } = entry;
    target.className = `line ${state}${followsOwn ? " follows" : ""}${line.from === this.#model.name ? " own" : ""}`;
    const name = element("bdi", { "class": "name" }, line.from);
    name.style.setProperty("--hue", hueOf(line.from));
    const head = element("div", { "class": "head" }, name, time(line.at));
    const text = element("p", { "class": "text", dir: "auto" });
    for (const { text: piece, href } of findLinks(line.text)) {
      text.append(
        href === undefined ? piece : element("a", { href, target: "_blank", rel: "noopener noreferrer" }, piece),
      );
    }
    const content = element("div", { "class": "content" }, head, text);
    if (state === "waiting") content.append(element("span", { "class": "fate" }, "Waiting to be sent"));
    if (state === "refused") content.append(this.#refusal(entry));
    target.replaceChildren(avatar(line.from), content);
  }

  #refusal({ line, why }: Entry & { kind: "line" }): HTMLElement {
    const again = element("button", { type: "button", "class": "link" }, "Send again");
    again.addEventListener("click", () => this.#conversation && this.#model.sayAgain(this.#conversation, line));
    return element("span", { "class": "fate" }, `Not sent: ${why ?? ""} `, again);
  }
}

function follows(entry: Entry, before: Entry | undefined): boolean {
  return entry.kind === "line" && before?.kind === "line" && entry.line.from === before.line.from &&
    entry.line.at - before.line.at < GROUP_MS;
}

function time(at: number): HTMLElement {
  const date = new Date(at);
  const shown = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return element("time", { datetime: date.toISOString(), title: date.toLocaleString() }, shown);
}
