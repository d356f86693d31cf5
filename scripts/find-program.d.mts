export function findProgram(name: string): string | null;
export function needProgram(name: string): string;
