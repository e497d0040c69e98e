export const root: string;
export const node: string;
export const executable: string;
export const env: NodeJS.ProcessEnv;
export function install(): void;
export function build(): void;
export function buildWithCrashPoints(): string;
export function step(title: string, command: string, args: readonly string[]): void;
