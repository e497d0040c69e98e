/** Output of one command passed on as it is, byte by byte, within the owner's credit. */
import { CREDIT_BYTES, type OutputStream } from '../model/command.ts';

export class RawStream {
  readonly stdout = undefined;
  readonly #onOutput: (stream: OutputStream, data: Uint8Array) => void;
  #uncredited = 0;

  constructor(listener: { onOutput(stream: OutputStream, data: Uint8Array): void }) {
    this.#onOutput = listener.onOutput;
  }

  /** The command has to wait until the owner has taken in more. */
  get isFull(): boolean {
    return this.#uncredited >= CREDIT_BYTES;
  }

  take(stream: OutputStream, data: Buffer): void {
    this.#uncredited += data.length;
    this.#onOutput(stream, data);
  }

  credit(bytes: number): void {
    this.#uncredited -= bytes;
  }

  end(onEmpty: () => void): void {
    onEmpty();
  }
}
