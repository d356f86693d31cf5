/** Folder under the user's cache. */
export function cacheFolder(name: string): string;

/** Absolute paths; unpacked the first time. Throws an Error that says what to do. */
export function kubeTools(): { readonly helm: string; readonly helm3: string; readonly kubectl: string };
