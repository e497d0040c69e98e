import type { Command, CommandEnd } from '../../src/model/command.ts';
import { type CommandHandlers, type Commands } from '../../src/pool/commands.ts';
export declare const SPAWNER_ARGV: string[];
export interface CommandWorld {
  readonly mark: string;
  readonly commands: Commands;
  command(argv: readonly string[], changes?: Partial<Command>): Command;
  /** Runs a line of bash to its end. */
  bash(
    script: string,
    options?: {
      command?: Partial<Command>;
      handlers?: Partial<CommandHandlers>;
    },
  ): Promise<Outcome>;
}
export interface Outcome extends CommandEnd {
  readonly stdout: string;
  readonly stderr: string;
}
export declare function commandWorld(): CommandWorld;
