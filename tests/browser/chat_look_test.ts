/**
 * How the chat's page looks and is worked: on a phone, in the dark and in the light, by keyboard alone.
 */

import { assert, assertEquals, assertGreater, assertNotEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { ChatPage } from "./chat_page.ts";
import { CHROMIUM, Chromium } from "./chromium.ts";
import { Program } from "../examples/program.ts";

/** The contrast that normal text needs (WCAG 2.2, 1.4.3). */
const MIN_CONTRAST = 4.5;

const LONG_WORD = "averylongword".repeat(12);

Deno.test({
  name: "the chat: on narrow pages nothing scrolls sideways, whatever the words are",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using demo = await Program.runDemo();
    await using chromium = await Chromium.start();
    for (const width of [320, 390]) {
      const options = { viewport: { width, height: 640 }, hasTouch: true, isMobile: true };
      const chat = new ChatPage(await chromium.open(demo.url, options));
      await chat.page.getByLabel("Your name").waitFor();
      assertEquals(await overflows(chat.page), [], `entry at ${width}`);

      await chat.enter(`W${width}`.padEnd(40, "W"));
      await chat.say(`${LONG_WORD}\nhttps://example.com/${LONG_WORD}`);
      await chat.log.getByRole("link").last().waitFor();
      assertEquals(await overflows(chat.page), [], `conversation at ${width}`);

      await chat.page.getByRole("button", { name: "Conversations" }).tap();
      await chat.openRoom("M".repeat(40));
      await chat.page.getByRole("button", { name: "Conversations" }).tap();
      await chat.room("M".repeat(40)).waitFor();
      assertEquals(await overflows(chat.page), [], `rooms at ${width}`);

      await chat.page.keyboard.press("Escape");
      await chat.page.getByRole("button", { name: "People here" }).tap();
      await chat.page.locator("#people li").first().waitFor();
      assertEquals(await overflows(chat.page), [], `people at ${width}`);
      await chat.page.close();
    }
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "the chat: follows the light and the dark scheme, and is readable in both",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using demo = await Program.runDemo();
    await using chromium = await Chromium.start();
    const grounds: number[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await chromium.open(demo.url, { viewport: { width: 1280, height: 800 }, colorScheme });
      const chat = new ChatPage(page);
      await chat.enter(`In the ${colorScheme}`);
      await chat.say("Something, with a link: https://example.com/");
      await chat.log.getByRole("link").last().waitFor();

      const parts = [".text", ".name", ".head time", ".text a", "#subtitle", "#title", ".foot .primary", ".figures dt"];
      for (const selector of [...parts, "#rooms [aria-current] .title", "#rooms .outside .title", ".hint", "#exit"]) {
        const { contrast } = await colours(page, selector);
        assertGreater(contrast, MIN_CONTRAST, `${selector} in the ${colorScheme}`);
      }
      grounds.push((await colours(page, "body")).ground);
      await page.close();
    }
    const [light = 0, dark = 0] = grounds;
    assertGreater(light, 0.8);
    assert(dark < 0.05, `the ground in the dark has the luminance ${dark}`);
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "the chat: can be worked by keyboard alone, and a panel gives the focus back",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using demo = await Program.runDemo();
    await using chromium = await Chromium.start();
    const { page } = new ChatPage(await chromium.open(demo.url, { viewport: { width: 390, height: 780 } }));
    const chat = new ChatPage(page);
    await page.getByLabel("Your name").waitFor();

    await page.keyboard.type("Ann");
    await page.keyboard.press("Enter");
    await chat.log.waitFor();
    await page.keyboard.type("First line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    await page.keyboard.press("Enter");
    await chat.line("First line\nsecond line").waitFor();

    assertEquals(await focused(page), "text");
    while (await focused(page) !== "show-side") await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await chat.room("Lobby").waitFor();
    assertNotEquals(await focused(page), "show-side");
    await page.keyboard.press("Escape");
    await chat.room("Lobby").waitFor({ state: "hidden" });
    assertEquals(await focused(page), "show-side");

    await page.keyboard.press("Enter");
    await chat.room("Questions").waitFor();
    await chat.room("Questions").getByRole("button").first().press("Enter");
    await chat.heading("Questions").waitFor();
    assertEquals(await focused(page), "text");
    assertEquals(chromium.mishaps, []);
  },
});

/** What is wider than its place: the page, the messages, the lists. */
function overflows(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`
    ["html", "body", "#entry", "#talk", "#log", "#side", ".lists", "#here"].filter((selector) => {
      const { scrollWidth, clientWidth } = document.querySelector(selector);
      return scrollWidth > clientWidth || (selector === "html" && scrollWidth > innerWidth);
    })
  `);
}

/** The luminance of what an element stands on, and the contrast of its text to that, by the formulas of WCAG 2.2. */
async function colours(page: Page, selector: string): Promise<{ ground: number; contrast: number }> {
  await page.locator(selector).first().waitFor();
  return await page.evaluate<{ ground: number; contrast: number }>(`(() => {
    const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const luminance = (colours) => {
      for (const colour of colours) {
        brush.fillStyle = colour;
        brush.fillRect(0, 0, 1, 1);
      }
      const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map((byte) => {
        const part = byte / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const target = document.querySelector(${JSON.stringify(selector)});
    const grounds = [];
    for (let at = target; at !== null; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    const ground = luminance(grounds);
    const ink = luminance([...grounds, getComputedStyle(target).color]);
    return { ground, contrast: (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05) };
  })()`);
}

/** The id of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement.id");
}
