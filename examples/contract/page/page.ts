/**
 * The page of the guest book. What it sends is checked before it leaves, what it receives before it is shown.
 */

import { InvalidDataError, WebSocketClient } from "@switchboard/websocket/client";
import { contract, type Entry } from "../contract.ts";

const form = document.querySelector<HTMLFormElement>("form")!;
const status = document.querySelector<HTMLElement>("#status")!;

const client = new WebSocketClient({
  url: "/ws",
  contract,
  validateOutgoing: true,
  reconnect: { retryFirst: true },
  handlers: {
    onOpen: async () => {
      const entries = await client.request("entries", { last: 50 });
      document.querySelector("#book")!.replaceChildren();
      entries.forEach(show);
    },
    onError: (error) => console.warn(error.message),
  },
});
client.handle("signed", show);
client.connect();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  try {
    const { number } = await client.request("sign", {
      name: String(fields.get("name")),
      text: String(fields.get("text")),
    });
    status.textContent = `Thank you. Yours is entry ${number}.`;
    form.reset();
  } catch (error) {
    const places = error instanceof InvalidDataError ? error.issues.map(({ path }) => path.join(".")) : [];
    status.textContent = places.length > 0 ? `Please look at: ${places.join(", ")}` : "The server did not take it.";
  }
});

/** Text as text: nothing that somebody writes becomes markup. */
function show({ name, text, at }: Entry): void {
  const item = document.createElement("li");
  const author = document.createElement("b");
  author.textContent = name;
  const time = document.createElement("time");
  time.textContent = new Date(at).toLocaleTimeString();
  item.append(author, " ", text, " ", time);
  document.querySelector("#book")!.append(item);
}
