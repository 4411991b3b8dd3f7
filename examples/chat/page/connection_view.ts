/**
 * Shows how the connection stands, when the next attempt comes, and how busy the server is.
 */

import type { ClientClose, WebSocketClientState } from "@switchboard/websocket/client";
import { find, setText } from "./dom.ts";
import type { ChatModel } from "./model.ts";

/** What the person is told in each state. */
const STATES: Readonly<Record<WebSocketClientState, string>> = {
  idle: "Not connected",
  connecting: "Connecting…",
  open: "Connected",
  waiting: "Reconnecting",
  closing: "Disconnecting…",
  closed: "Disconnected",
};

/** Why the server ended the connection for good, where its own words are not for people. */
const REASONS: Readonly<Record<number, string>> = {
  4401: "you are not signed in any more",
  4409: "the chat was opened elsewhere",
};

/** How often the seconds are counted down. */
const TICK_MS = 250;

/** The signs of the connection. */
export class ConnectionView {
  readonly #model: ChatModel;
  readonly #banner = find("#banner");
  readonly #again = find<HTMLButtonElement>("#again");
  #nextAt = 0;
  #close: ClientClose | undefined;
  #wasOpen = false;
  #ticking: number | undefined;

  /** Follows the model's client. */
  constructor(model: ChatModel) {
    this.#model = model;
    const { client } = model;
    client.on("waiting", ({ delayMs }) => {
      this.#nextAt = Date.now() + delayMs;
      this.show();
    });
    client.on("open", () => {
      this.#wasOpen = true;
    });
    client.on("close", (close) => {
      this.#close = close;
    });
    client.on("statechange", () => this.show());
    this.#again.addEventListener("click", () => model.connect());
  }

  /** Shows all as it is now. */
  show(): void {
    const { client, figures } = this.#model;
    const state = client.getState();
    document.documentElement.dataset.state = state;
    for (const shown of document.querySelectorAll(".state")) setText(shown, STATES[state]);
    for (const shown of document.querySelectorAll<HTMLElement>("[data-figure]")) {
      setText(shown, String(figures[shown.dataset.figure as "connections" | "received" | "sent"]));
    }
    // Before one enters there is no connection, and nothing to say about it.
    find("#entry-status").hidden = state === "idle" || state === "closed";
    find("#latency").title = client.latencyMs === undefined ? "" : `Round trip: ${Math.round(client.latencyMs)} ms`;
    this.#banner.hidden = state === "open" || state === "idle" || state === "closing" ||
      (state === "connecting" && !this.#wasOpen);
    setText(find("#what"), this.#what(state));
    this.#again.hidden = state !== "waiting" && state !== "closed";
    setText(this.#again, state === "closed" ? "Connect here" : "Try now");
    this.#count(state === "waiting");
  }

  #what(state: WebSocketClientState): string {
    if (state === "closed") {
      const { code = 1000, reason = "" } = this.#close ?? {};
      const why = REASONS[code] ?? reason;
      return why === "" ? "Disconnected." : `Disconnected: ${why}.`;
    }
    return this.#wasOpen ? "The connection is lost." : "The server cannot be reached.";
  }

  /** The countdown stands beside what is read out, so that nobody has to listen to every second. */
  #count(isWaiting: boolean): void {
    const tick = () => {
      const seconds = Math.ceil((this.#nextAt - Date.now()) / 1000);
      setText(find("#countdown"), seconds > 0 ? `Next attempt in ${seconds} s` : "Trying again…");
    };
    if (isWaiting) {
      tick();
      this.#ticking ??= setInterval(tick, TICK_MS);
    } else {
      setText(find("#countdown"), this.#model.client.getState() === "connecting" ? "Trying again…" : "");
      clearInterval(this.#ticking);
      this.#ticking = undefined;
    }
  }
}
