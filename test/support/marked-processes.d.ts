/** Pids whose WEIR_MARK begins with `prefix`, zombies left out. */
export declare function markedProcesses(prefix: string): number[];
/** Whether a process runs; a zombie does not. */
export declare function isAlive(pid: number): boolean;
/** Resident memory, bytes. */
export declare function residentBytes(pid: number): number;
/** Children of a process that are zombies. */
export declare function zombiesOf(parent: number): number[];
