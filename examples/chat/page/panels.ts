/**
 * The lists at both sides, where the page is too narrow to show them all the time: one of them is drawn over it.
 */

import { find } from "./dom.ts";

/** A button, and what it shows. */
interface Panel {
  readonly button: HTMLElement;
  readonly target: HTMLElement;
}

/** The panels. */
export class Panels {
  readonly #panels: readonly Panel[] = [
    { button: find("#show-side"), target: find("#side") },
    { button: find("#show-here"), target: find("#here") },
  ];
  readonly #scrim = find("#scrim");

  /** Closes them, and makes the buttons work. */
  constructor() {
    for (const panel of this.#panels) panel.button.addEventListener("click", () => this.#open(panel));
    this.#scrim.addEventListener("click", () => this.close());
    // On a wider page a panel stands beside the rest, and covers nothing.
    for (const width of ["48rem", "64rem"]) {
      matchMedia(`(min-width: ${width})`).addEventListener("change", () => this.close());
    }
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.close();
    });
  }

  /** Closes the one that is open; the focus goes back to where it came from. */
  close(): void {
    for (const { button, target } of this.#panels) {
      if (!target.classList.contains("open")) continue;
      target.classList.remove("open");
      button.setAttribute("aria-expanded", "false");
      find("#talk").inert = false;
      button.focus();
    }
    this.#scrim.hidden = true;
  }

  #open({ button, target }: Panel): void {
    target.classList.add("open");
    button.setAttribute("aria-expanded", "true");
    // What lies under it cannot be reached meanwhile.
    find("#talk").inert = true;
    this.#scrim.hidden = false;
    target.querySelector<HTMLElement>("button, input")?.focus();
  }
}
