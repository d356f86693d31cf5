// Whether this machine can build and run a control plane.
import { goVersion } from './run-go.ts';

/** In words; null: nothing. */
export function whatIsMissing(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'needs Linux on x86-64';
  const version = goVersion();
  if (version === null) return 'needs Go 1.26 or newer (https://go.dev/dl)';
  const [, major = '', minor = ''] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) === 1 && Number(minor) < 26) return `needs Go 1.26 or newer, not ${version}`;
  return null;
}
