/**
 * The page: puts together what it knows and what it shows, and does what the person at it wants.
 */

import { ConnectionView } from "./connection_view.ts";
import type { Conversation } from "./conversation.ts";
import { avatar, find, setText } from "./dom.ts";
import { LogView } from "./log_view.ts";
import { ChatModel } from "./model.ts";
import { Panels } from "./panels.ts";
import { SideView } from "./side_view.ts";

const nameField = find<HTMLInputElement>("#name");
const textField = find<HTMLTextAreaElement>("#text");

let isRenderDue = false;
/** Whose draft stands in the field. */
let written: Conversation | undefined;

const model = new ChatModel(() => {
  if (isRenderDue) return;
  isRenderDue = true;
  queueMicrotask(render);
});
const panels = new Panels();
const side = new SideView(model, () => {
  panels.close();
  focusText();
});
const log = new LogView(model);
const connection = new ConnectionView(model);

function render(): void {
  isRenderDue = false;
  const { open, stage } = model;
  // Who has been in stays in while the connection is away, and goes on reading.
  const isIn = stage === "inside" || (stage === "entering" && open !== undefined);
  showChat(isIn);
  for (const shown of document.querySelectorAll(".problem")) setText(shown, model.problem);
  find<HTMLButtonElement>("#enter button").disabled = stage === "entering";
  connection.show();
  side.show();
  log.show(open);
  showHeading(open);
  showTyping(open);
  showDraft(open);
  showSelf();
  const unread = model.conversations.reduce((sum, conversation) => sum + conversation.unread, 0);
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${isIn && open ? `${open.title} · ` : ""}Switchboard`;
  const elsewhere = unread - (open?.unread ?? 0);
  find("#unread").hidden = elsewhere === 0;
  setText(find("#unread"), String(elsewhere));
}

function showChat(isIn: boolean): void {
  const chat = find("#chat");
  if (chat.hidden !== isIn) return;
  chat.hidden = !isIn;
  find("#entry").hidden = isIn;
  panels.close();
  if (isIn) focusText();
  else nameField.focus();
}

/** Not on a phone, where a keyboard would cover half of what somebody has just opened. */
function focusText(): void {
  if (matchMedia("(hover: hover)").matches) textField.focus();
}

function showHeading(open: Conversation | undefined): void {
  if (open === undefined) return;
  const { title, isPrivate, people } = open;
  setText(find("#sign"), isPrivate ? "" : "#");
  setText(find("#title"), title);
  const count = people.size === 1 ? "Only you are here" : `${people.size} people here`;
  const isHere = model.isHere(title) ? "here now" : "not here at the moment";
  setText(find("#subtitle"), isPrivate ? `In private · ${isHere}` : count);
  setText(find("#empty"), isPrivate ? `What you write here only ${title} can read.` : "Nobody has said anything yet.");
  textField.placeholder = isPrivate ? `Write to ${title}` : `Write in ${title}`;
  find("#chat").classList.toggle("private", isPrivate);
  find("#show-here").hidden = isPrivate;
}

function showTyping(open: Conversation | undefined): void {
  const names = open?.typing ?? [];
  const [first = "", second = ""] = names;
  const who = names.length > 2
    ? "Several people are"
    : names.length === 2
    ? `${first} and ${second} are`
    : `${first} is`;
  setText(find("#typing"), names.length === 0 ? "" : `${who} typing…`);
}

/** Each conversation keeps what was begun in it. */
function showDraft(open: Conversation | undefined): void {
  if (open === written) return;
  if (written !== undefined) written.draft = textField.value;
  written = open;
  textField.value = open?.draft ?? "";
  fitText();
}

function showSelf(): void {
  const { name } = model;
  if (find("#self-name").textContent === name) return;
  setText(find("#self-name"), name);
  find("#self-avatar").replaceChildren(avatar(name));
}

function fitText(): void {
  textField.rows = Math.min(6, textField.value.split("\n").length + Math.floor(textField.value.length / 60));
}

find<HTMLFormElement>("#enter").addEventListener("submit", (event) => {
  event.preventDefault();
  model.enter(nameField.value);
});

const newRoom = find<HTMLFormElement>("#new-room");
newRoom.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = find<HTMLInputElement>("input", newRoom);
  model.show({ room: field.value.trim() });
  field.value = "";
  panels.close();
});

const write = find<HTMLFormElement>("#write");
write.addEventListener("submit", (event) => {
  event.preventDefault();
  model.say(textField.value);
  textField.value = "";
  fitText();
  textField.focus();
});
textField.addEventListener("keydown", (event) => {
  // Not while an input method is composing a character: there, Enter chooses it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  write.requestSubmit();
});
textField.addEventListener("input", () => {
  fitText();
  if (textField.value.trim() !== "") model.type();
});

find("#exit").addEventListener("click", () => model.exit());
// Who closes the page goes at once. Without a word the server would take it for a lost connection, and keep the place.
addEventListener("pagehide", ({ persisted }) => persisted || model.client.disconnect());
for (const type of ["focus", "visibilitychange"]) addEventListener(type, () => model.look());

render();
model.resume();
