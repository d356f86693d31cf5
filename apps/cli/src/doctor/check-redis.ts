// Does Redis answer, is it new enough, does it keep what it is given, and does its clock agree with ours?
import { Redis } from 'ioredis';
import type { RedisConfig } from '#config';
import { checkClock } from './check-clock.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { reasonText } from './reason-text.ts';

/** The oldest Redis the limiter is tested with; Valkey says 7.2.4 of itself. */
const OLDEST_MAJOR = 7;
/** A person waits; the gateway itself gives up after `redis.commandTimeoutMs`. */
const TIMEOUT_MS = 3_000;

export async function checkRedis(config: RedisConfig | null): Promise<readonly Finding[]> {
  if (config === null)
    return [ok('redis', 'none is configured: limits are counted in one process, so run one gateway only')];
  const findings = await Promise.all(config.urls.map((url) => checkOne(url, config)));
  return findings.flat();
}

async function checkOne(url: string, config: RedisConfig): Promise<readonly Finding[]> {
  // Without user and password: this is printed.
  const check = `redis ${URL.parse(url)?.host ?? 'of redis.urls'}`;
  const redis = new Redis(url, options(config));
  // A connection that could not be made rejects with no more than "closed"; why, it says only here.
  let broken: unknown;
  redis.on('error', (error) => {
    broken ??= error;
  });
  try {
    await redis.connect();
    const info = parseInfo(await redis.info());
    const askedMs = Date.now();
    const [seconds, micros] = await redis.time();
    const reading = {
      askedMs,
      answeredMs: Date.now(),
      theirMs: Number(seconds) * 1_000 + Number(micros) / 1_000,
    };
    return [judgeVersion(check, info), ...judgeUse(check, info, config), checkClock(check, reading)];
  } catch (error) {
    return [fail(check, `does not answer: ${reasonText(broken ?? error)}`, mend(broken ?? error))];
  } finally {
    redis.disconnect();
  }
}

function options({ username, password, ca }: RedisConfig) {
  return {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(ca === null ? {} : { tls: { ca } }),
  };
}

function judgeVersion(check: string, info: ReadonlyMap<string, string>): Finding {
  const version = info.get('redis_version') ?? '';
  const name = info.has('valkey_version') ? `Valkey ${info.get('valkey_version')}` : `Redis ${version}`;
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return ok(check, `answers; ${name}`);
  return fail(
    check,
    `${name} is older than ${OLDEST_MAJOR}`,
    `use Redis ${OLDEST_MAJOR} or newer, or Valkey`,
  );
}

function judgeUse(
  check: string,
  info: ReadonlyMap<string, string>,
  { isCluster }: RedisConfig,
): readonly Finding[] {
  const findings: Finding[] = [];
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction' && policy !== 'volatile-ttl')
    findings.push(
      warn(
        check,
        `it may forget limits when it is full (maxmemory-policy ${policy})`,
        'set maxmemory-policy noeviction, and alarm on its memory',
      ),
    );
  const isOne = info.get('cluster_enabled') === '1';
  if (isOne !== isCluster) {
    const fix = `set redis.isCluster: ${isOne}`;
    findings.push(
      fail(
        check,
        isOne
          ? 'it is a cluster, and is configured as a single Redis'
          : 'it is no cluster, and is configured as one',
        fix,
      ),
    );
  }
  if (info.get('role') === 'slave')
    findings.push(fail(check, 'it is a replica and takes no writes', 'name the primary in redis.urls'));
  return findings;
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

function mend(error: unknown): string {
  const text = reasonText(error);
  if (/NOAUTH|WRONGPASS|NOPERM/.test(text))
    return 'check redis.username and redis.passwordFile; the user needs the commands INFO, TIME, EVALSHA, SCRIPT and those on keys of redis.keyPrefix';
  if (/certificate|self.signed|SSL/i.test(text)) return 'check redis.caFile, and rediss:// in redis.urls';
  return 'start it, check redis.urls and what is between (network policy, firewall); until then limits are counted locally (docs/faults.md, limits_unavailable)';
}
