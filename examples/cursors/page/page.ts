/**
 * The page of a board: shows the others' cursors, and tells them of its own once for each picture that the screen shows.
 */

import { WebSocketClient } from "@switchboard/websocket/client";
import { type Board, contract, type Mark } from "../contract.ts";

const board = document.querySelector<HTMLElement>("#board")!;
const cursors = new Map<string, HTMLElement>();

const client = new WebSocketClient({
  url: "/ws",
  contract,
  // Where a cursor was while there was no connection is of no use to anybody.
  maxQueuedMessages: 0,
  reconnect: { retryFirst: true },
  handlers: { onError: (error) => console.warn(error.message) },
});
client.handle("arrived", arrive);
client.handle("gone", ({ id }) => cursors.get(id)?.remove());
client.handle("moved", ({ id, ...place }) => put(cursors.get(id), place));
client.handle("marked", mark);

await client.connect();
const name = new URLSearchParams(location.search).get("name")?.slice(0, 20) || "Somebody";
const room = await client.join(`board/${location.hash.slice(1) || "public"}`, { name }, {
  // What was missed follows; where not all of it does, everything is shown anew.
  onRejoin: async (_, { recovered }): Promise<unknown> => recovered || showAll(await room.request("look")),
});
showAll(room.reply);

let next: Mark | undefined;
board.addEventListener("pointermove", (event) => {
  if (next === undefined) requestAnimationFrame(sendMove);
  next = placeOf(event);
});
board.addEventListener("click", (event) => room.send({ type: "mark", data: placeOf(event) }));

// Who closes the page goes at once. Without a word the server would take it for a lost connection, and keep the place.
addEventListener("pagehide", ({ persisted }) => persisted || client.disconnect());

function sendMove(): void {
  if (next !== undefined) room.send({ type: "move", data: next });
  next = undefined;
}

function placeOf({ clientX, clientY }: MouseEvent): Mark {
  const { left, top, width, height } = board.getBoundingClientRect();
  const part = (value: number) => Math.min(1, Math.max(0, value));
  return { x: part((clientX - left) / width), y: part((clientY - top) / height) };
}

function showAll({ self, marks, others }: Board): void {
  board.replaceChildren();
  cursors.clear();
  marks.forEach(mark);
  for (const other of others) if (other.id !== self) arrive(other);
}

function arrive({ id, name }: { id: string; name: string }): void {
  const cursor = document.createElement("div");
  cursor.className = "cursor";
  cursor.textContent = name;
  cursor.style.setProperty("--hue", String(parseInt(id.slice(-3), 36) % 360));
  cursors.get(id)?.remove();
  cursors.set(id, cursor);
  board.append(cursor);
}

function mark(place: Mark): void {
  const dot = document.createElement("i");
  put(dot, place);
  board.append(dot);
}

function put(element: HTMLElement | undefined, { x, y }: Mark): void {
  if (element === undefined) return;
  element.style.left = `${x * 100}%`;
  element.style.top = `${y * 100}%`;
}
