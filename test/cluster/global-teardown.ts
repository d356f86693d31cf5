// Jest calls this once after the last test file.
import { stopAll } from './global-setup.ts';

export default async function globalTeardown(): Promise<void> {
  await stopAll();
}
