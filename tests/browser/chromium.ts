/**
 * Chromium for one test, and its pages; each page writes down what must not happen in it.
 */

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { requireChromium } from "../tools/requirements.ts";

/** Whether there is a Chromium; to be spread into a test's definition as `ignore`. */
export const CHROMIUM = requireChromium();

/** How long anything may take before the test fails. Nothing waits for this to pass. */
const DEADLINE_MS = 20_000;

/** A running Chromium. */
export class Chromium implements AsyncDisposable {
  readonly #browser: Browser;
  /** Dialogs, script errors and refused contents, of all pages. */
  readonly mishaps: string[] = [];
  /** The paths of all requests, of all pages. */
  readonly requests = new Set<string>();

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Starts it. */
  static async start(): Promise<Chromium> {
    const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
    return new Chromium(await chromium.launch({ executablePath: CHROMIUM.path, args }));
  }

  /** Opens a page that shares nothing with the others. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext(options);
    context.setDefaultTimeout(DEADLINE_MS);
    const page = await context.newPage();
    page.on("dialog", (dialog) => {
      this.mishaps.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("pageerror", (error) => this.mishaps.push(`error: ${error.message}`));
    page.on("console", (message) => {
      // That the server is away is what these tests are about.
      const isLoss = /^WebSocket connection to .* failed/.test(message.text());
      if (message.type() === "error" && !isLoss) this.mishaps.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => this.requests.add(new URL(request.url()).pathname));
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that fails earlier does not come to look at them, and they may be the reason.
    for (const mishap of this.mishaps) console.error(mishap);
    await this.#browser.close();
  }
}
