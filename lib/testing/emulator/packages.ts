import type {
  fastify,
  FastifyPluginAsync,
  FastifyPluginCallback,
} from 'fastify';
import type * as ioredis from 'ioredis';
import type * as jsonwebtoken from 'jsonwebtoken';
import type * as mysql from 'mysql2/promise';
import type * as postgres from 'pg';
import type * as yaml from 'yaml';
import type { z } from 'zod/v3';
import { loadOptionalPackage } from '../../common/optional-package.js';

/** The `z` of zod 3: its issue texts are the contract's. */
export type Zod = typeof z;
export type Jwt = typeof jsonwebtoken;
export type Pg = typeof postgres;
export type Mysql = typeof mysql;
export type Redis = typeof ioredis.Redis;
export type Yaml = typeof yaml;
type Fastify = typeof fastify;
type Plugin = FastifyPluginCallback | FastifyPluginAsync;

/** The optional peers the emulator is built from. */
export interface EmulatorPackages {
  readonly fastify: Fastify;
  readonly etag: Plugin;
  readonly formbody: Plugin;
  readonly jwt: Jwt;
  readonly z: Zod;
}

const NEEDED_FOR = 'The Infisical emulator';

/** A CommonJS package seen from either module system. */
function interop<T>(loaded: T): T {
  return (loaded as { default?: T }).default ?? loaded;
}

export async function loadEmulatorPackages(): Promise<EmulatorPackages> {
  const [fastify, etag, formbody, jwt, zod] = await Promise.all([
    loadOptionalPackage('fastify', NEEDED_FOR, () => import('fastify')),
    loadOptionalPackage(
      '@fastify/etag',
      NEEDED_FOR,
      () => import('@fastify/etag'),
    ),
    loadOptionalPackage(
      '@fastify/formbody',
      NEEDED_FOR,
      () => import('@fastify/formbody'),
    ),
    loadOptionalPackage(
      'jsonwebtoken',
      NEEDED_FOR,
      () => import('jsonwebtoken'),
    ),
    loadZod(),
  ]);
  return {
    fastify: interop(fastify) as unknown as Fastify,
    etag: interop(etag) as unknown as Plugin,
    formbody: interop(formbody) as unknown as Plugin,
    jwt: interop(jwt),
    z: zod,
  };
}

async function loadZod(): Promise<Zod> {
  const zod = await loadOptionalPackage(
    'zod',
    NEEDED_FOR,
    () => import('zod/v3'),
  );
  return zod.z;
}

export async function loadPg(): Promise<Pg> {
  const pg = await loadOptionalPackage(
    'pg',
    'The emulator’s sql-database dynamic secret',
    () => import('pg'),
  );
  return interop(pg);
}

export async function loadYaml(): Promise<Yaml> {
  return interop(
    await loadOptionalPackage(
      'yaml',
      'Reading a seed file',
      () => import('yaml'),
    ),
  );
}

export async function loadMysql(): Promise<Mysql> {
  return interop(
    await loadOptionalPackage(
      'mysql2',
      'The emulator’s sql-database dynamic secret with mysql2',
      () => import('mysql2/promise'),
    ),
  );
}

export async function loadRedis(): Promise<Redis> {
  const { Redis } = await loadOptionalPackage(
    'ioredis',
    'The emulator’s redis dynamic secret',
    () => import('ioredis'),
  );
  return Redis;
}
