import { InfisicalClient } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoOptions, IDENTITY_ID, seedWith } from './demo.mjs';
import { firstSecrets, nextSecrets } from './groups.mjs';
import { TOKEN_TTL } from './limits.mjs';
import { seededRandom } from './random.mjs';
import { RequestCounts } from './request-counts.mjs';
import { planTroubles } from './troubles.mjs';

/** Time between two rotations. Milliseconds. */
const ROTATION = 1_000;
const ROTATION_TRIES = 5;

/** Ports that no outgoing connection gets, so that a server finds its own again after a restart. */
const PORTS = { from: 20_000, to: 30_000 };

/** Who rotates the secrets. No trouble is for it. */
const WRITER = { clientId: 'writer', clientSecret: 'writer-client-secret' };
const WRITER_IDENTITY = {
  name: 'writer',
  projects: [{ slug: 'demo', role: 'admin' }],
  universalAuth: WRITER,
};

/** The server of one app: an emulator whose secrets rotate, with its troubles. */
export class SoakServer {
  /** Newest generation that was surely written. */
  generation = 1;
  isTroubled = false;
  /** Troubles that began. */
  troubles = 0;
  /** What happened, for the report of a failure. */
  log = [];
  requests;
  #emulator;
  #writer;
  #plan;
  #next = 2;
  #isOver = false;
  #works = [];

  /** @param length of the troubles, in milliseconds */
  static async start(app, { seed, length }) {
    const server = new SoakServer();
    const random = seededRandom(seed);
    server.#plan = planTroubles(random, length);
    server.#emulator = await startOnFreePort({
      generation: app.generation,
      random,
      seed: seedWith(
        firstSecrets(),
        { accessTokenTTL: TOKEN_TTL, accessTokenMaxTTL: app.maxTtl },
        [WRITER_IDENTITY],
      ),
    });
    server.requests = new RequestCounts(server.#emulator);
    server.#writer = new InfisicalClient({
      ...demoOptions(server.url),
      auth: { universalAuth: WRITER },
      timeout: '1m',
      retry: { attempts: 1 },
    });
    await server.#rotateSurely();
    return server;
  }

  get url() {
    return this.#emulator.url;
  }

  /** Begins with rotations and troubles. */
  begin() {
    this.#works.push(this.#rotateEachSecond(), this.#makeTroubles());
  }

  /** Ends both: the server is well from now on, and its secrets stay as they are. */
  async calmDown() {
    this.#isOver = true;
    await Promise.all(this.#works);
    await this.#rotateSurely();
  }

  async stop() {
    await this.#writer.close();
    await this.#emulator.stop();
  }

  async #rotateEachSecond() {
    while (!this.#isOver) {
      await sleep(ROTATION);
      // While the server is away, it has the old ones for a second more.
      await this.#rotate().catch(() => undefined);
    }
  }

  async #rotateSurely() {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#rotate();
      } catch (error) {
        // Such as a connection of before a restart.
        if (tries === ROTATION_TRIES) throw error;
      }
    }
  }

  async #rotate() {
    const generation = this.#next++;
    await this.#writer.secrets.updateMany(nextSecrets(generation));
    this.generation = generation;
  }

  async #makeTroubles() {
    const began = performance.now();
    for (const { what, at, lasts, rules, act } of this.#plan) {
      await this.#pause(began + at);
      if (this.#isOver) return;
      this.log.push(
        `${(at / 1000).toFixed(1)} s: ${what}, ${Math.round(lasts)} ms`,
      );
      this.isTroubled = true;
      this.troubles++;
      const made = rules.map((rule) => this.#emulator.trouble.add(rule));
      if (act === 'expire') this.#emulator.expireTokens(IDENTITY_ID);
      if (act === 'revoke') this.#emulator.trouble.revokeTokens(IDENTITY_ID);
      if (act === 'restart') await this.#emulator.stop();
      await this.#pause(began + at + lasts);
      if (act === 'restart') await this.#emulator.start();
      for (const trouble of made) trouble.end();
      this.isTroubled = false;
    }
  }

  /** Waits until a moment, or the end. */
  async #pause(until) {
    while (!this.#isOver && performance.now() < until) {
      await sleep(Math.min(200, until - performance.now()));
    }
  }
}

async function startOnFreePort(options) {
  for (let tries = 0; ; tries++) {
    const port =
      PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    try {
      return await InfisicalEmulator.start({ ...options, port });
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || tries === 20) throw error;
    }
  }
}
