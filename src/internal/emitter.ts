/**
 * Typed listeners by event name. Knows nothing of what the events mean.
 *
 * @module
 */

/** Takes a listener off again; calling it twice does nothing. */
export type Off = () => void;

type Listener = (event: never) => unknown;

const NONE: readonly Listener[] = [];

/** Listeners for the events of `Events`, a map from event name to what its listeners get. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, readonly Listener[]>();
  readonly #failed: (error: unknown, event: keyof Events) => void;

  /** Makes an emitter that tells `failed` of listeners that throw, or whose promise rejects. */
  constructor(failed: (error: unknown, event: keyof Events) => void) {
    this.#failed = failed;
  }

  /** Adds a listener; the same function may be added more than once. Returns what takes it off again. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => unknown): Off {
    // A function of its own, so that it can be told from the same listener added twice.
    const own = (event: Events[Name]) => listener(event);
    // The list is replaced, never changed, so that a listener may add and remove listeners while it is called.
    this.#listeners.set(name, [...this.#listOf(name), own]);
    return () => {
      this.#listeners.set(name, this.#listOf(name).filter((each) => each !== own));
    };
  }

  /** Tells whether anybody listens, so that the event's object need not be made for nobody. */
  has(name: keyof Events): boolean {
    return this.#listOf(name).length > 0;
  }

  /** Calls the listeners of `name` in the order in which they were added. Never throws. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listOf(name)) {
      try {
        const result = listener(event as never);
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

  #listOf(name: keyof Events): readonly Listener[] {
    return this.#listeners.get(name) ?? NONE;
  }
}
