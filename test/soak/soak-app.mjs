import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import {
  getSecretsToken,
  infisicalConfig,
  InfisicalClient,
  InfisicalModule,
  loadSecrets,
  OnSecretChange,
  Secret,
  TOKEN_RENEWAL_TASK,
  TokenService,
} from 'nestjs-infisical';
import { demoOptions } from './demo.mjs';
import { FOLDERS, generationOf, namesOf } from './groups.mjs';
import { TIMEOUT } from './limits.mjs';

const [ROOT, FEATURE, TENANT] = FOLDERS;

/** Decorates as TypeScript would. */
function decorate(decorator, type, method) {
  const { prototype } = type;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method);
  decorator(prototype, method, descriptor);
}

/** A class with a live property for each secret of a group, which is told of changes. */
function liveClass(folder) {
  class Live {
    onChange = () => {};

    told() {
      this.onChange();
    }
  }
  for (const name of namesOf(folder)) {
    Secret(name, { live: true })(Live.prototype, name);
  }
  decorate(OnSecretChange(`${namesOf(folder)[0][0]}_*`), Live, 'told');
  return Live;
}

const LiveRoot = liveClass(ROOT);
const LiveFeature = liveClass(FEATURE);

/** The app's own job. */
class Jobs {
  ticks = 0;

  tick() {
    this.ticks++;
  }
}
decorate(Interval(1000), Jobs, 'tick');

/** The module of a feature with a folder of its own. */
class FeatureModule {}
Module({
  imports: [InfisicalModule.forFeature({ path: FEATURE })],
  providers: [LiveFeature],
})(FeatureModule);

/** A Nest app that reads its secrets in every way there is. */
export class SoakApp {
  /** Groups of secrets, each with the service of its scope, the ways to read it and those to be told. */
  groups;
  #context;

  static async start({ url, interval, recursive, push, clock, random }) {
    const loaded = await loadSecrets({
      ...demoOptions(url),
      recursive,
      scopes: [{ path: FEATURE }],
      timeout: TIMEOUT,
      // A slow machine takes its time.
      startup: { timeout: '10m' },
      logger: { log: () => {}, warn: () => {} },
      clock,
      random,
    });
    class AppModule {}
    Module({
      imports: [
        ConfigModule.forRoot({
          ignoreEnvFile: true,
          load: [infisicalConfig({ loaded })],
        }),
        ScheduleModule.forRoot(),
        InfisicalModule.forRoot({ loaded, refresh: { interval, push } }),
        FeatureModule,
      ],
      providers: [LiveRoot, Jobs],
    })(AppModule);
    const app = new SoakApp();
    app.#context = await NestFactory.createApplicationContext(AppModule, {
      logger: false,
    });
    await app.#look();
    return app;
  }

  get client() {
    return this.#context.get(InfisicalClient);
  }

  get tokens() {
    return this.#context.get(TokenService);
  }

  /** How often the app's own job ran. */
  get ticks() {
    return this.#context.get(Jobs).ticks;
  }

  get isRenewalScheduled() {
    const registry = this.#context.get(SchedulerRegistry);
    return registry.getTimeouts().includes(TOKEN_RENEWAL_TASK);
  }

  close() {
    return this.#context.close();
  }

  async #look() {
    const get = (token) => this.#context.get(token, { strict: false });
    const root = get(getSecretsToken());
    const feature = get(getSecretsToken(FEATURE));
    const tenant = await root.scope({ path: TENANT });
    const config = get(ConfigService);
    const ofConfig = {
      ways: { ConfigService: reads(ROOT, (name) => config.get(name)) },
      notices: {
        'ConfigService.changes$': (told) => config.changes$.subscribe(told),
      },
    };
    this.groups = [
      groupOf(ROOT, root, ofLive(ROOT, get(LiveRoot)), ofConfig),
      groupOf(FEATURE, feature, ofLive(FEATURE, get(LiveFeature))),
      groupOf(TENANT, tenant),
    ];
  }
}

/** A way to read a group: the generation of each of its secrets, in one step. */
function reads(folder, read) {
  return () => namesOf(folder).map((name) => generationOf(name, read(name)));
}

function groupOf(folder, secrets, ...more) {
  const names = namesOf(folder);
  const refs = new Map(names.map((name) => [name, secrets.ref(name)]));
  const parsed = names.map((name) =>
    secrets.ref(name, { parse: (text) => generationOf(name, text) }),
  );
  const entries = () => {
    const found = new Map(secrets.entries());
    return names.map((name) => generationOf(name, found.get(name)));
  };
  return {
    folder,
    secrets,
    ways: Object.assign(
      {
        'SecretsService.get': reads(folder, (name) => secrets.get(name)),
        'SecretsService.entries': entries,
        SecretRef: reads(folder, (name) => refs.get(name).value),
        'parsed SecretRef': () => parsed.map(({ value }) => value),
      },
      ...more.map(({ ways }) => ways),
    ),
    notices: Object.assign(
      {
        changes$: (told) => secrets.changes$.subscribe(told),
        'SecretRef.changes$': (told) => parsed[0].changes$.subscribe(told),
      },
      ...more.map(({ notices }) => notices),
    ),
  };
}

/** What an object with live properties adds to a group. */
function ofLive(folder, live) {
  return {
    ways: { '@Secret': reads(folder, (name) => live[name]) },
    notices: {
      '@OnSecretChange': (told) => {
        live.onChange = told;
      },
    },
  };
}
