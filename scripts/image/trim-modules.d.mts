export function isUnread(name: string, platform: string): boolean;
export function trimModules(folder: string, platform: string): number;
