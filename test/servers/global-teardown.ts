// Jest calls this once after the last test file.
import { closeServerDesk } from './global-setup.ts';

export default async function globalTeardown(): Promise<void> {
  await closeServerDesk();
}
