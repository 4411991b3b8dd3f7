/**
 * The chat's page as a person uses it, found by what the person sees.
 */

import type { Locator, Page } from "playwright-core";

/** One person's page. */
export class ChatPage {
  readonly page: Page;

  /** Works on a page that shows the chat. */
  constructor(page: Page) {
    this.page = page;
  }

  /** Loads the page anew, so that its connection can be broken. */
  async makeBreakable(): Promise<void> {
    await this.page.addInitScript(() => {
      const state = { isBroken: false, sockets: [] as WebSocket[] };
      const Native = WebSocket;
      Object.assign(globalThis, { connectionState: state });
      globalThis.WebSocket = class extends Native {
        constructor(url: string | URL, protocols?: ConstructorParameters<typeof WebSocket>[1]) {
          super(state.isBroken ? new URL("/nowhere", url) : url, protocols);
          state.sockets.push(this);
        }
      };
    });
    await this.page.reload();
  }

  /** Ends the connection without a word of why, and lets no other come about. */
  async breakConnection(): Promise<void> {
    await this.page.evaluate("connectionState.isBroken = true; connectionState.sockets.at(-1).close()");
  }

  /** Lets connections come about again. */
  async mendConnection(): Promise<void> {
    await this.page.evaluate("connectionState.isBroken = false");
  }

  /** The messages of the conversation that is shown. */
  get log(): Locator {
    return this.page.getByRole("log");
  }

  /** What tells that the connection is away. */
  get banner(): Locator {
    return this.page.locator("#banner");
  }

  /** The sign of the connection, where it is shown. */
  state(text: string): Locator {
    return this.page.locator(".state:visible", { hasText: text });
  }

  /** Lines that were said, with exactly this text. */
  line(text: string): Locator {
    return this.log.locator(".text").getByText(text, { exact: true });
  }

  /** A note about something that happened. */
  note(text: string | RegExp): Locator {
    return this.log.locator(".note").getByText(text);
  }

  /** A room in the list. */
  room(name: string): Locator {
    return this.page.locator("#rooms li").filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** A private conversation in the list. */
  private(name: string): Locator {
    return this.page.locator("#privates li").filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** Somebody in the list of those who are here. */
  person(name: string): Locator {
    return this.page.locator("#people li").filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** Goes in, and waits until the chat is there. */
  async enter(name: string): Promise<void> {
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByLabel("Your name").press("Enter");
    await this.log.waitFor();
  }

  /** Writes and sends. */
  async say(text: string): Promise<void> {
    await this.page.getByLabel("Message", { exact: true }).fill(text);
    await this.page.getByLabel("Message", { exact: true }).press("Enter");
  }

  /** Opens a room, and waits until it is shown. */
  async openRoom(name: string): Promise<void> {
    await this.page.getByLabel("Name of the room to open").fill(name);
    await this.page.getByLabel("Name of the room to open").press("Enter");
    await this.heading(name).waitFor();
  }

  /** The name of the conversation that is shown. */
  heading(name: string): Locator {
    return this.page.getByRole("heading", { level: 1 }).getByText(name, { exact: true });
  }
}
