/**
 * zod, loaded when a flow file first touches it: reading it costs more than everything else a small flow needs.
 */
import type { z as Zod } from 'zod';
import { runtime } from './runtime.ts';

/** zod's `z`, for parameters. @example params: z.object({ week: z.iso.date() }) */
export const z: typeof Zod = new Proxy({} as typeof Zod, {
  get: (_, property) => runtime('z').loadZod()[property],
  has: (_, property) => property in runtime('z').loadZod(),
  ownKeys: () => Reflect.ownKeys(runtime('z').loadZod()),
  getOwnPropertyDescriptor: (_, property) => ({
    configurable: true,
    enumerable: true,
    value: runtime('z').loadZod()[property],
  }),
});
// biome-ignore lint/style/noNamespace: types only, so that `z.infer<typeof schema>` works; nothing of it is emitted
export declare namespace z {
  type infer<T> = Zod.infer<T>;
  type input<T> = Zod.input<T>;
  type output<T> = Zod.output<T>;
}
