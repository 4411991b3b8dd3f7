/**
 * Typed listeners by event name. Knows nothing of what the events mean.
 *
 * @module
 */

/** Takes a listener off again; calling it twice does nothing. */
export type Off = () => void;

/** Listeners for the events of `Events`, a map from event name to what its listeners get. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, ReadonlyArray<(event: never) => unknown>>();
  readonly #failed: (error: unknown, event: keyof Events) => void;

  /** Makes an emitter that tells `failed` of listeners that throw, or whose promise rejects. */
  constructor(failed: (error: unknown, event: keyof Events) => void) {
    this.#failed = failed;
  }

  /** Adds a listener; the same function may be added more than once. Returns what takes it off again. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => unknown): Off {
    // The list is replaced, never changed, so that a listener may add and remove listeners while it is called.
    this.#listeners.set(name, [...this.#listeners.get(name) ?? [], listener]);
    let isOn = true;
    return () => {
      if (!isOn) return;
      isOn = false;
      const list = [...this.#listeners.get(name) ?? []];
      list.splice(list.indexOf(listener), 1);
      if (list.length === 0) this.#listeners.delete(name);
      else this.#listeners.set(name, list);
    };
  }

  /** Tells whether anybody listens, so that the event's object need not be made for nobody. */
  has(name: keyof Events): boolean {
    return this.#listeners.has(name);
  }

  /** Calls the listeners of `name` in the order in which they were added. Never throws. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const list = this.#listeners.get(name) as ReadonlyArray<(event: Events[Name]) => unknown> | undefined;
    if (list === undefined) return;
    for (const listener of list) {
      try {
        const result = listener(event);
        if (result instanceof Promise) result.catch((error) => this.#failed(error, name));
      } catch (error) {
        this.#failed(error, name);
      }
    }
  }

  /** How many listeners there are in all. */
  get size(): number {
    let size = 0;
    for (const list of this.#listeners.values()) size += list.length;
    return size;
  }
}
