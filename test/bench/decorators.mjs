// What decorated classes add to the start of an app. Its transport answers at
// once, so that nothing but our own work and Nest's is measured.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InfisicalModule, InjectSecret, Secret } from 'nestjs-infisical';
import { InfisicalTestingModule } from 'nestjs-infisical/testing';

export const SCOPES = 50;
export const CLASSES = 500;

const nameOf = (scope, i) => `KEY_${scope}_${i}`;

/** A class of 500, as its decorators make it. */
const KINDS = {
  plain: () => class {},
  '@Secret': (name) => {
    class Decorated {}
    Secret(name)(Decorated.prototype, 'key');
    return Decorated;
  },
  '@InjectSecret': (name) => {
    class Decorated {
      constructor(key) {
        this.key = key;
      }
    }
    InjectSecret(name)(Decorated, undefined, 0);
    return Decorated;
  },
};

/** An app of 50 features with ten classes each. */
function appOf(kind) {
  const scopes = [];
  const features = Array.from({ length: SCOPES }, (_, scope) => {
    const names = Array.from({ length: CLASSES / SCOPES }, (_, i) =>
      nameOf(scope, i),
    );
    const path = `/feature-${scope}`;
    const secrets = Object.fromEntries(names.map((name) => [name, 'value']));
    scopes.push({ path, secrets });
    const providers = names.map((name) => {
      const type = KINDS[kind](name);
      Injectable()(type);
      return type;
    });
    class FeatureModule {}
    const imports = [InfisicalModule.forFeature({ path })];
    Module({ imports, providers })(FeatureModule);
    return FeatureModule;
  });
  class AppModule {}
  const root = InfisicalTestingModule.forRoot({ scopes });
  Module({ imports: [root, ...features] })(AppModule);
  return AppModule;
}

async function startMs(module) {
  const start = performance.now();
  const app = await NestFactory.createApplicationContext(module, {
    logger: false,
  });
  const ms = performance.now() - start;
  await app.close();
  return ms;
}

/**
 * Milliseconds of a start by the kind of its classes, as the median of rounds
 * in which each kind has its turn.
 */
export async function decoratedStarts(rounds) {
  const kinds = Object.keys(KINDS);
  const apps = kinds.map((kind) => [kind, appOf(kind)]);
  const times = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [kind, module] of apps) times[kind].push(await startMs(module));
  }
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      times[kind].sort((a, b) => a - b)[times[kind].length >> 1],
    ]),
  );
}
