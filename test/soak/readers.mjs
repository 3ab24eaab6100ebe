import { setTimeout as sleep } from 'node:timers/promises';

/** Pause of a reader between two reads, in milliseconds; it grows with its number, so that they come apart. */
const PAUSE = { first: 30, step: 3 };

/** Readers of an app, those included that wait to be told. */
export const READERS = 50;

/**
 * Lets readers read all groups in all ways until the end. Some of them are told
 * of changes and then read in all ways at once, others look at random times.
 */
export class Readers {
  /** The newest generation that each was told of, by who was told. */
  told = new Map();
  #isOver = false;
  #loops = [];
  #subscriptions = [];

  constructor(groups, witnesses) {
    groups.forEach((group, index) => {
      for (const notice of Object.keys(group.notices)) {
        this.#listen(group, notice, witnesses[index]);
      }
    });
    const looks = groups.flatMap((group, index) => {
      const ways = Object.keys(group.ways);
      return [...ways.map((way) => [way]), ways].map((some) => ({
        some,
        witness: witnesses[index],
      }));
    });
    for (let number = this.told.size; number < READERS; number++) {
      this.#loops.push(this.#loop(number, looks[number % looks.length]));
    }
  }

  /** Ends all of them. */
  async stop() {
    this.#isOver = true;
    for (const one of this.#subscriptions) one?.unsubscribe();
    await Promise.all(this.#loops);
  }

  /** Whoever was not told of what is in use now. */
  untold(groups, witnesses) {
    return groups.flatMap(({ folder, notices }, index) =>
      Object.keys(notices)
        .map((notice) => `${notice} of ${folder}`)
        .filter((who) => this.told.get(who) !== witnesses[index].generation),
    );
  }

  #listen(group, notice, witness) {
    const who = `${notice} of ${group.folder}`;
    this.told.set(who, 0);
    const ways = Object.keys(group.ways);
    const told = () => {
      witness.look(ways, `who is told by ${notice}`);
      this.told.set(who, witness.generation);
    };
    this.#subscriptions.push(group.notices[notice](told));
  }

  async #loop(number, { some, witness }) {
    const pause = PAUSE.first + PAUSE.step * number;
    while (!this.#isOver) {
      witness.look(some, `reader ${number}`);
      await sleep(pause);
    }
  }
}
