import { setTimeout as sleep } from 'node:timers/promises';
import { COUNTER } from './groups.mjs';

/** Callers of an app at once, and the pause of each between two calls in ms. */
const CALLERS = 4;
const PAUSE = 250;

/** One of so many calls writes. */
const WRITES = 4;

/** Pulses until it is sure that nothing had disturbed a call that failed. */
const PULSES = 2;

/** Calls of the client, which must succeed in calm times. */
export class Callers {
  calm = 0;
  troubled = 0;
  #client;
  #state;
  #problems;
  #isOver = false;
  #failed = [];
  #loops;

  /** @param state tells whether the app is settled now, and how many troubles and hiccups there were */
  constructor(client, state, problems) {
    this.#client = client;
    this.#state = state;
    this.#problems = problems;
    this.#loops = Array.from({ length: CALLERS }, (_, number) =>
      this.#loop(number),
    );
  }

  async stop() {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  /** Judges what failed a while ago. */
  pulse() {
    this.#failed = this.#failed.filter((one) => {
      if (++one.pulses < PULSES) return true;
      if (this.#state().disturbances === one.disturbances) {
        this.#problems.add('failed calls in calm times', one.message);
      }
      return false;
    });
  }

  async #loop(number) {
    const { path, name } = COUNTER;
    for (let turn = number; !this.#isOver; turn++) {
      const { isSettled, disturbances } = this.#state();
      try {
        if (turn % WRITES === 0) {
          const secretValue = `${number}-${turn}`;
          await this.#client.secrets.update(name, { path, secretValue });
        } else {
          await this.#client.secrets.get(name, { path });
        }
        if (isSettled) this.calm++;
        else this.troubled++;
      } catch ({ message }) {
        if (isSettled) this.#failed.push({ disturbances, message, pulses: 0 });
        else this.troubled++;
      }
      await sleep(PAUSE);
    }
  }
}
