/**
 * The pages of the small examples in Chromium: a contract that page and server share, cursors on one board, a plain chat.
 */

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { Program } from "../examples/program.ts";
import { CHROMIUM, Chromium } from "./chromium.ts";

const HOSTILE = "<img src=x onerror=alert(1)>";

Deno.test({
  name: "examples/contract: two pages sign the guest book, and one that is not filled in well says what is wrong",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using program = await Program.runExample("contract/server.ts", { flags: ["--allow-read=.", "--allow-run"] });
    await using chromium = await Chromium.start();
    const ann = await chromium.open(program.url);
    const bob = await chromium.open(program.url);
    const sign = async (page: Page, name: string, text: string) => {
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("Text").fill(text);
      await page.getByRole("button").click();
    };

    await sign(ann, "", " ");
    await ann.getByRole("status").getByText("Please look at: name, text").waitFor();
    await sign(ann, "Ann", HOSTILE);
    await ann.getByRole("status").getByText("Thank you. Yours is entry 1.").waitFor();
    await bob.getByRole("listitem").getByText(HOSTILE).waitFor();
    await sign(bob, " Bob ", "Me too");
    await bob.getByRole("status").getByText("Thank you. Yours is entry 2.").waitFor();

    const late = await chromium.open(program.url);
    await late.getByText("Me too").waitFor();
    assertEquals(await late.locator("#book b").allTextContents(), ["Ann", "Bob"]);
    assertEquals(await late.locator("img").count(), 0);
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "examples/cursors: two pages see each other's cursors and marks, on one board and after a restart",
  ignore: CHROMIUM.ignore,
  async fn() {
    const first = await Program.runExample("cursors/server.ts", { flags: ["--allow-read=.", "--allow-run"] });
    await using chromium = await Chromium.start();
    const options = { viewport: { width: 800, height: 600 } };
    const open = (name: string, board: string) => chromium.open(`${first.url}?name=${name}#${board}`, options);
    const ann = await open("Ann", "one");
    const bob = await open("Bob", "one");
    const eve = await open("Eve", "two");
    await ann.locator(".cursor", { hasText: "Bob" }).waitFor({ state: "attached" });
    await bob.locator(".cursor", { hasText: "Ann" }).waitFor({ state: "attached" });

    await bob.mouse.move(200, 450);
    await pointsAt(ann, "Bob", 25, 75);
    await ann.mouse.move(600, 150);
    await pointsAt(bob, "Ann", 75, 25);
    await ann.mouse.click(400, 300);
    await bob.locator("i").waitFor();
    assertEquals(await bob.evaluate(`document.querySelector("i").style.cssText`), "left: 50%; top: 50%;");
    const late = await open("Carol", "one");
    await late.locator("i").waitFor();
    await late.locator(".cursor").nth(1).waitFor({ state: "attached" });
    assertEquals((await late.locator(".cursor").allTextContents()).sort(), ["Ann", "Bob"]);
    await late.close();
    await ann.locator(".cursor", { hasText: "Carol" }).waitFor({ state: "detached" });
    assertEquals([await eve.locator(".cursor").count(), await eve.locator("i").count()], [0, 0]);

    await first.kill();
    await using _second = await Program.runExample("cursors/server.ts", {
      flags: ["--allow-read=.", "--allow-run"],
      port: first.port,
    });
    await bob.locator("i").waitFor({ state: "detached" }); // the marks are gone with the server
    await ann.locator("i").waitFor({ state: "detached" });
    await bob.mouse.move(400, 60);
    await pointsAt(ann, "Bob", 50, 10);
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "examples/python_chat: two pages talk, in public and in private, and what they write stays text",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using program = await Program.runExample("python_chat.ts", { flags: ["--allow-read=examples"] });
    await using chromium = await Chromium.start();
    const open = (name: string) => chromium.open(`${program.url}static/index.html?name=${encodeURIComponent(name)}`);
    const ann = await open("Ann");
    await ann.getByText("You are Ann").waitFor();
    const eve = await open(HOSTILE);
    await ann.getByText(`${HOSTILE} joined, 2 here`).waitFor();
    const say = async (page: Page, text: string) => {
      await page.getByLabel("Message").fill(text);
      await page.getByLabel("Message").press("Enter");
    };

    await say(eve, HOSTILE);
    await ann.locator(".chat", { hasText: HOSTILE }).waitFor();
    await ann.getByLabel("To").selectOption({ label: HOSTILE });
    await say(ann, "Only for you");
    await eve.locator(".private", { hasText: "Only for you" }).waitFor();
    await eve.close();

    await ann.getByText(`${HOSTILE} left, 1 here`).waitFor();
    await say(ann, "Are you there?");
    assertEquals(await ann.locator("img").count(), 0);
    assertEquals(chromium.mishaps, []);
  },
});

/** Waits until somebody's cursor stands at a place of the board, in percent. */
async function pointsAt(page: Page, name: string, x: number, y: number): Promise<void> {
  await page.waitForFunction(
    `[...document.querySelectorAll(".cursor")].some(({ textContent, style }) =>
      textContent === ${JSON.stringify(name)} &&
      Math.abs(parseFloat(style.left) - ${x}) < 1 && Math.abs(parseFloat(style.top) - ${y}) < 1)`,
  );
}
